// GraphiQL on this gateway's graph.  The tokens are kept in this page's memory alone: a page that is loaded anew asks again.
"use strict";

const FIRST_QUERY = `# Ctrl-Enter runs the query, Ctrl-Space completes it, the book on the left has the schema.
{
  vms(first: 5) {
    totalCount
    nodes { name power host { name } }
  }
}
`;
const EARLY_MS = 30000; // a token is renewed so long before it ends

// <style> elements are refused by the page's policy: what GraphiQL's dialogs would write into one goes into a sheet of the document.
const sheets = new Map();
const createElement = document.createElement.bind(document);
document.createElement = (name, options) => {
  if (name !== "style") return createElement(name, options);
  return Object.assign(createElement("template"), { styleSheet: { set cssText(text) { adopt(text); } } });
};

function adopt(text) {
  if (sheets.has(text)) return;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(text);
  sheets.set(text, sheet);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
}

const form = document.getElementById("login");
const refusal = document.getElementById("refusal");
let access = "";

/** Ask a route under /auth; rejects with what it says. */
async function auth(path, body) {
  const answer = await fetch("/auth/" + path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  const told = await answer.json();
  if (!answer.ok) throw new Error(told.detail || told.title || answer.statusText);
  return told;
}

/** Use a pair of tokens, and renew it in time. */
function use(pair) {
  access = pair.access_token;
  setTimeout(renew, Math.max(pair.expires_in * 1000 - EARLY_MS, 1000), pair.refresh_token);
}

async function renew(token) {
  try {
    use(await auth("refresh", { refresh_token: token }));
  } catch (error) {
    refuse(error);
  }
}

function refuse(error) {
  access = "";
  refusal.textContent = error.message;
  form.hidden = false;
  document.getElementById("graphiql").hidden = true;
}

async function asking(url, options) {
  const headers = { ...options.headers, Authorization: "Bearer " + access };
  const answer = await fetch(url, { ...options, headers });
  if (answer.status === 401) refuse(new Error("The token is not taken (any more)."));
  return answer;
}

let shown = false;
function show() {
  form.hidden = true;
  document.getElementById("graphiql").hidden = false;
  if (shown) return;
  shown = true;
  const place = location.origin.replace(/^http/, "ws") + "/graphql";
  const wsClient = graphqlWs.createClient({ url: place, lazy: true, connectionParams: () => ({ token: access }) });
  const fetcher = GraphiQL.createFetcher({ url: "/graphql", fetch: asking, wsClient });
  const given = { fetcher, defaultQuery: FIRST_QUERY, isHeadersEditorEnabled: false };
  ReactDOM.createRoot(document.getElementById("graphiql")).render(React.createElement(GraphiQL, given));
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const { username, password, token } = Object.fromEntries(new FormData(form));
  try {
    if (token) access = token;
    else use(await auth("login", { username, password }));
  } catch (error) {
    refuse(error);
    return;
  }
  form.reset();
  refusal.textContent = "";
  show();
});
