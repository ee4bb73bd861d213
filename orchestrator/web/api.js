// The REST API: every request that the page makes goes through here.
import { knows, said, t } from "/web/words.js";

// `answer`: the error as the server sent it.
export class Refusal extends Error {
  constructor(message, { status = 0, answer = {} } = {}) {
    super(message);
    Object.assign(this, { status, answer, code: answer.code ?? "", param: answer.param ?? "" });
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
    throw new Refusal(t("error.away"), { answer: { code: "away" } });
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
  const { status } = response;
  let answer = {};
  try {
    answer = (await response.json()).error ?? {};
  } catch {
    // Not every server in between answers in JSON.
  }
  return new Refusal(told({ status, answer }), { status, answer });
}

// Why something was refused, in the language that the page has now.
export function told({ status, answer }) {
  if (!knows(answer.reason)) {
    if (status === 413) return t("error.large");
    if (status === 429) return t("error.busy");
  }
  return said(answer) || t("error.server");
}
