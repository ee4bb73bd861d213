// Where the server asks for a key: it is given once and kept by the server's own cookie, never by the page.
import { call, get } from "/web/api.js";
import { $, fail, show } from "/web/dom.js";
import { t } from "/web/words.js";

let publicLinks = false;
// Whether whoever runs the service lets videos be shown to everybody by a link.
export const mayLink = () => publicLinks;

export async function openSession() {
  $("signout").addEventListener("click", async () => {
    await call("/v1/session", { method: "DELETE" });
    location.reload();
  });
  try {
    const session = await get("/v1/session");
    publicLinks = Boolean(session.public_links);
    show($("signout"), Boolean(session.key));
  } catch {
    // Without an answer there is nobody to sign out.
  }
}

let asking = null;

export function askForKey() {
  asking ??= ask().finally(() => {
    asking = null;
  });
  return asking;
}

function ask() {
  const dialog = $("signin"), form = $("signin-form"), field = $("signin-key");
  fail("signin-error", "", field);
  field.value = "";
  dialog.showModal();
  return new Promise((resolve) => {
    form.onsubmit = async (event) => {
      event.preventDefault();
      if (await entered(field.value.trim(), field)) dialog.close("yes");
    };
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
    dialog.returnValue = "";
  });
}

async function entered(key, field) {
  try {
    await call("/v1/session", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ key }) });
    field.value = "";
    return true;
  } catch (error) {
    fail("signin-error", error.status === 401 ? t("signin.wrong") : error.message, field);
    field.select();
    return false;
  }
}
