// Looks codes and words up in the index that was kept; the same verdicts, without the network.
"use strict";
(async () => {
  const root = document.querySelector("[data-offline]");
  const found = root.querySelector("[data-found]");
  const field = root.querySelector("#q");
  const lang = document.documentElement.lang.startsWith("zh") ? 0 : 1;
  const index = await fetch("/offline/index.json").then((r) => r.json()).catch(() => null);
  if (!index) { found.textContent = root.dataset.nothing; return; }

  const make = (name, className, text) => {
    const element = document.createElement(name);
    if (className) element.className = className;
    if (text !== undefined) element.textContent = text;
    return element;
  };
  const key = (text) => text.normalize("NFKC").trim().toUpperCase().replace(/^错误代码\s*/, "").replace(/\s+/g, "");

  const draw = (list, value, answer) => {
    const card = make("section", "card");
    const head = make("p", "code-line");
    if (value) head.append(make("code", "code", value.replace(/^错误代码/, "")), make("span", "list", index.titles[list]?.[lang] || list));
    const money = make("p", "money " + answer.money);
    const words = make("span");
    words.append(make("strong", "state", answer.state[lang]), document.createElement("br"), answer.do[lang]);
    money.append(words);
    card.append(head, make("h2", "", answer.title[lang]), make("p", "lead", answer.lead[lang]), money);
    card.append(make("p", "", root.dataset.retry + " · " + answer.retry[lang]));
    card.append(make("h3", "", root.dataset.say), make("p", "", answer.say[lang]));
    if (value) {
      const link = make("a", "", root.dataset.then);
      link.href = `/e/${encodeURIComponent(list)}/${encodeURIComponent(value)}`;
      const line = make("p");
      line.append(link);
      card.append(line);
    }
    found.append(card);
  };

  const show = (text, only) => {
    found.replaceChildren();
    const wanted = key(text);
    if (!wanted) return;
    const hits = [];
    for (const [list, codes] of Object.entries(index.lists)) {
      if (only && list !== only) continue;
      for (const [value, at] of codes) if (key(value) === wanted) hits.push([list, value, at]);
    }
    hits.sort((a, b) => (index.titles[b[0]]?.[2] || 0) - (index.titles[a[0]]?.[2] || 0));
    if (!hits.length) {
      const low = text.trim().toLowerCase();
      for (const [id, at] of Object.entries(index.conditions)) {
        const answer = index.answers[at];
        if (id === low || answer.title.some((t) => t.toLowerCase().includes(low))) hits.push(["", "", at]);
      }
    }
    for (const [list, value, at] of hits.slice(0, 8)) draw(list, value, index.answers[at]);
    if (!hits.length) found.append(make("p", "warn", root.dataset.nothing));
  };

  root.querySelector("form").addEventListener("submit", (event) => {
    if (navigator.onLine) return;
    event.preventDefault();
    show(field.value);
  });
  const [, kind, list, value] = location.pathname.split("/").map(decodeURIComponent);
  if (kind === "e" && value) show(value, list);
  else if (kind === "c" && list) show(list);
  else if (kind === "find") { field.value = new URLSearchParams(location.search).get("q") || ""; show(field.value); }
  else if (location.hash.length > 1) { field.value = decodeURIComponent(location.hash.slice(1)); show(field.value); }
})();
