// The REST API: every request that the page makes goes through here.
import { t, said } from "/web/words.js";

export class Refusal extends Error {
  constructor(message, { status = 0, code = "", param = "" } = {}) {
    super(message);
    Object.assign(this, { status, code, param });
  }
}

let askForKey = async () => false;
let noteAway = () => {};
export const onAway = (note) => {
  noteAway = note;
};
export const onMissingKey = (ask) => {
  askForKey = ask;
};

export async function call(path, options = {}) {
  let response;
  try {
    response = await fetch(path, { credentials: "same-origin", ...options });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    noteAway();
    throw new Refusal(t("error.away"), { code: "away" });
  }
  if (response.status === 401 && path !== "/v1/session" && (await askForKey())) return call(path, options);
  if (!response.ok) throw await refusal(response);
  return response;
}

export const get = async (path, options) => (await call(path, options)).json();

export async function post(path, body, options = {}) {
  const json = body !== undefined && !(body instanceof FormData);
  const headers = { ...(json ? { "Content-Type": "application/json" } : {}), ...options.headers };
  return call(path, { method: "POST", ...options, headers, body: json ? JSON.stringify(body) : body });
}

export const remove = (path) => call(path, { method: "DELETE" });

export const video = (id) => get(`/v1/videos/${encodeURIComponent(id)}`);
export const content = (id, variant) => `/v1/videos/${encodeURIComponent(id)}/content?variant=${variant}`;

async function refusal(response) {
  let error = {};
  try {
    error = (await response.json()).error ?? {};
  } catch {
    // Not every server in between answers in JSON.
  }
  return new Refusal(reason(response.status, error.message), {
    status: response.status, code: error.code ?? "", param: error.param ?? "",
  });
}

function reason(status, message) {
  if (status === 413) return t("error.large");
  if (status === 429) return t("error.busy");
  if (status >= 500 && !message) return t("error.server");
  return message ? said(message) : t("error.server");
}
