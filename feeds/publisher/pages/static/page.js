"use strict";

// Copy an address. The buttons are hidden in HTML, because they need this script.
for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = false;
}
// On the document, because other scripts add buttons later.
document.addEventListener("click", async ({ target }) => {
  const button = target.closest("[data-copy]");
  if (!button) {
    return;
  }
  const field = document.getElementById(button.dataset.copy);
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
  } catch {
    document.execCommand("copy");
  }
  const said = document.getElementById("copied");
  said.textContent = "";
  setTimeout(() => { said.textContent = "Copied. Paste it into your reader."; }, 50);
});

// A picture that cannot be loaded leaves an empty box instead of a broken image.
const empty = (image) => image.removeAttribute("src");
document.addEventListener("error", ({ target }) => target instanceof HTMLImageElement && empty(target), true);
for (const image of document.images) {
  if (image.complete && image.currentSrc && !image.naturalWidth) {
    empty(image);
  }
}

// Search the list of feeds while somebody types. The list is fetched when it is first needed.
const form = document.querySelector("form[data-feeds]");
if (form) {
  const { feeds: address, root } = form.dataset;
  const field = form.elements.q;
  const found = document.getElementById("found");
  const browse = document.getElementById("browse");
  const most = 60;
  const kinds = { feeds: "Selection", all: "Everything", topics: "Topic", providers: "Provider", categories: "Category", tags: "Tag" };
  const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  let loading;

  const load = () => {
    loading ??= fetch(address)
      .then((answer) => (answer.ok ? answer.json() : Promise.reject(answer.status)))
      .then(({ feeds }) => feeds.map((feed) => ({ feed, text: fold(`${feed[1]} ${feed[0].split("/")[1] ?? ""} ${feed[5] ?? ""}`) })));
    return loading;
  };

  const element = (name, values, ...inner) => {
    const made = Object.assign(document.createElement(name), values);
    made.append(...inner);
    return made;
  };

  const item = ([path, title, count, date, day]) => {
    const facts = element("p", {}, `${kinds[path.split("/")[0]]} · ${count.toLocaleString("en")} article${count === 1 ? "" : "s"}`);
    if (date) {
      facts.append(" · ", element("time", { dateTime: date }, day));
    }
    const get = element("a", { className: "get", href: `${root}${path}/#subscribe`, ariaLabel: `Subscribe to ${title}` }, "Subscribe");
    return element("li", {}, element("a", { href: `${root}${path}/` }, title), facts, get);
  };

  const show = async () => {
    const words = fold(field.value).split(/\s+/).filter(Boolean);
    let feeds;
    try {
      feeds = await load();
    } catch {
      loading = undefined;
      return;
    }
    if (words.join(" ") !== fold(field.value).split(/\s+/).filter(Boolean).join(" ")) {
      return;
    }
    const hits = words.length ? feeds.filter(({ text }) => words.every((word) => text.includes(word))) : [];
    hits.sort((a, b) => b.feed[2] - a.feed[2]);
    const total = `${hits.length.toLocaleString("en")} feed${hits.length === 1 ? "" : "s"} with “${field.value.trim()}”`;
    const note = element("p", { className: "meta" }, hits.length > most ? `${total}, the largest ${most}` : total);
    const list = element("ul", { className: "feeds plain" }, ...hits.slice(0, most).map(({ feed }) => item(feed)));
    found.replaceChildren(...(words.length ? [note, list] : []));
    found.hidden = !words.length;
    if (browse) {
      browse.hidden = words.length > 0;
    }
  };

  const asked = new URLSearchParams(location.search).get("q");
  if (asked && !field.value) {
    field.value = asked;
  }
  field.addEventListener("focus", () => load().catch(() => { loading = undefined; }), { once: true });
  field.addEventListener("input", show);
  form.addEventListener("submit", (event) => {
    if (loading) {
      event.preventDefault();
      show();
    }
  });
  if (asked && found.childElementCount === 0) {
    show();
  }
}
