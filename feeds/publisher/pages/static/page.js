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
  setTimeout(() => { said.textContent = said.dataset.said; }, 50);
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
  const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  let loading;
  // The words of the site by the English ones; those that count have a form for each plural category.
  let words = {};
  let language = "en";

  const say = (text, values = {}) => {
    const found = words[text] ?? text;
    const form = typeof found === "string" ? found : found[new Intl.PluralRules(language).select(values.number)] ?? found.other;
    return form.replace(/\{(\w+)\}/g, (_, name) => values[name].toLocaleString(language));
  };

  const load = () => {
    loading ??= fetch(address)
      .then((answer) => (answer.ok ? answer.json() : Promise.reject(answer.status)))
      .then((answer) => {
        ({ words, language } = answer);
        return answer.feeds;
      })
      .then((feeds) => feeds.map((feed) => ({ feed, text: fold(`${feed[1]} ${feed[0].split("/")[1] ?? ""} ${feed[5] ?? ""}`) })));
    return loading;
  };

  const element = (name, values, ...inner) => {
    const made = Object.assign(document.createElement(name), values);
    made.append(...inner);
    return made;
  };

  const item = ([path, title, count, date, day]) => {
    const facts = element("p", { className: "meta" }, `${words[path.split("/")[0]]} · ${say("{number} articles", { number: count })}`);
    if (date) {
      facts.append(" · ", element("time", { dateTime: date }, day));
    }
    return element("li", {}, element("a", { href: `${root}${path}/` }, title), facts);
  };

  const show = async () => {
    const terms = fold(field.value).split(/\s+/).filter(Boolean);
    let feeds;
    try {
      feeds = await load();
    } catch {
      loading = undefined;
      return;
    }
    if (terms.join(" ") !== fold(field.value).split(/\s+/).filter(Boolean).join(" ")) {
      return;
    }
    const hits = terms.length ? feeds.filter(({ text }) => terms.every((term) => text.includes(term))) : [];
    hits.sort((a, b) => b.feed[2] - a.feed[2]);
    const total = say("{number} feeds with “{words}”", { number: hits.length, words: field.value.trim() });
    const note = element("p", { className: "meta" }, hits.length > most ? `${total} · ${say("the largest {number}", { number: most })}` : total);
    const list = element("ul", { className: "feeds" }, ...hits.slice(0, most).map(({ feed }) => item(feed)));
    found.replaceChildren(...(terms.length ? [note, list] : []));
    found.hidden = !terms.length;
    if (browse) {
      browse.hidden = terms.length > 0;
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
