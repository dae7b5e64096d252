// The little script there is. Every page works without it; with it: recent codes, copying, reading aloud, printing, offline look-up.
"use strict";
(() => {
  const all = (selector, from = document) => Array.from(from.querySelectorAll(selector));
  const store = {
    read() {
      try { return JSON.parse(localStorage.getItem("recent") || "[]").filter((r) => r && typeof r.place === "string" && r.place.startsWith("/")); }
      catch { return []; }
    },
    write(list) {
      try { localStorage.setItem("recent", JSON.stringify(list.slice(0, 8))); } catch { /* private windows have no memory */ }
    },
  };

  // What this browser looked up stays in this browser.
  const shown = document.querySelector("[data-recent-id]");
  if (shown) {
    const { recentId: id, recentTitle: title, recentPlace: place } = shown.dataset;
    store.write([{ id, title, place }, ...store.read().filter((r) => r.id !== id)]);
  }
  const list = document.querySelector("[data-recent]");
  if (list) {
    for (const r of store.read()) {
      const item = document.createElement("li");
      const link = document.createElement("a");
      const title = document.createElement("span");
      link.href = r.place;
      title.textContent = r.title;
      if (r.id.includes("/")) {
        const code = document.createElement("code");
        code.className = "code";
        code.textContent = r.id.slice(r.id.indexOf("/") + 1).replace(/^错误代码/, "");
        link.append(code);
      }
      link.append(title);
      item.append(link);
      list.append(item);
    }
    list.closest("section").hidden = list.children.length === 0;
    const forget = document.querySelector("[data-forget]");
    forget.addEventListener("click", () => {
      store.write([]);
      list.closest("section").hidden = true;
      document.getElementById("q")?.focus();
    });
  }

  // Enter asks; a new line needs Shift.
  const field = document.getElementById("q");
  if (field && field.form?.classList.contains("ask")) {
    field.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        field.form.requestSubmit ? field.form.requestSubmit() : field.form.submit();
      }
    });
  }

  for (const button of all("[data-copy]")) {
    if (!navigator.clipboard) continue;
    button.hidden = false;
    const before = button.textContent;
    button.addEventListener("click", async () => {
      const text = button.dataset.copy || button.parentElement.querySelector("[data-say]")?.textContent || "";
      try {
        await navigator.clipboard.writeText(text);
        button.textContent = "✓ " + button.dataset.done;
        setTimeout(() => { button.textContent = before; }, 2000);
      } catch { button.hidden = true; }
    });
  }
  for (const button of all("[data-speak]")) {
    if (!window.speechSynthesis || !window.SpeechSynthesisUtterance) continue;
    button.hidden = false;
    button.addEventListener("click", () => {
      const words = new SpeechSynthesisUtterance(button.parentElement.querySelector("[data-say]").textContent);
      words.lang = document.documentElement.lang;
      words.rate = 0.9;
      speechSynthesis.cancel();
      speechSynthesis.speak(words);
    });
  }
  for (const button of all("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      all("details").forEach((d) => { d.open = true; });
      window.print();
    });
  }

  // A dropped file goes into the form's own field, so that it is sent as without script.
  const drop = document.querySelector("[data-drop]");
  const file = document.getElementById("file");
  if (drop && file) {
    drop.querySelector("[data-drop-hint]").hidden = false;
    const over = (on) => (event) => { event.preventDefault(); drop.classList.toggle("over", on); };
    drop.addEventListener("dragover", over(true));
    drop.addEventListener("dragleave", over(false));
    drop.addEventListener("drop", (event) => {
      over(false)(event);
      if (event.dataTransfer.files.length) { file.files = event.dataTransfer.files; drop.requestSubmit?.(); }
    });
  }

  // Bytes and their row light up together.
  const light = (anchor, on) => {
    if (!anchor) return;
    all("[data-run]").filter((a) => a.dataset.run === anchor).forEach((a) => a.classList.toggle("lit", on));
    document.getElementById(anchor)?.classList.toggle("lit", on);
  };
  for (const [selector, name] of [["[data-run]", (e) => e.dataset.run], [".fields > li[id]", (e) => e.id]]) {
    for (const element of all(selector)) {
      for (const [event, on] of [["mouseenter", true], ["mouseleave", false], ["focusin", true], ["focusout", false]]) {
        element.addEventListener(event, () => light(name(element), on));
      }
    }
  }

  const offline = document.querySelector(".offline");
  const online = () => { if (offline) offline.hidden = navigator.onLine; };
  window.addEventListener("online", online);
  window.addEventListener("offline", online);
  online();

  if ("serviceWorker" in navigator && window.isSecureContext) {
    navigator.serviceWorker.register("/sw.js").catch(() => { /* the pages work without it */ });
  }
})();
