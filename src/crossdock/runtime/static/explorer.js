// The page on which documents are tried against the Admin GraphQL API. The token stays in this tab.
"use strict";

const token = document.getElementById("token");
const version = document.getElementById("version");
token.value = sessionStorage.getItem("token") || "";
version.value = sessionStorage.getItem("version") || version.value;

async function ask(parameters) {
  const answer = await fetch(`/admin/api/${version.value}/graphql.json`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-Shopify-Access-Token": token.value.trim() },
    body: JSON.stringify(parameters),
  });
  return answer.json();
}

// Shown again for every token and version: what may be asked rests on both.
const root = ReactDOM.createRoot(document.getElementById("explorer"));
let shown = 0;
function show() {
  sessionStorage.setItem("token", token.value);
  sessionStorage.setItem("version", version.value);
  const known = token.value.trim() !== "";
  document.getElementById("no-token").hidden = known;
  shown += 1;
  root.render(known ? React.createElement(GraphiQL, {
    key: shown,
    fetcher: ask,
    defaultQuery: document.getElementById("example").textContent.trim() + "\n",
    isHeadersEditorEnabled: false,
  }) : null);
}

token.addEventListener("change", show);
version.addEventListener("change", show);
show();
