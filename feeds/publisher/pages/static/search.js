// The search while somebody types. The application is asked for the page that the form leads to, and this script
// takes the result from it. A site of files has a list of feeds and, in parts, an index of articles: see
// feeds/publisher/search_files.py. Texts are folded and divided as in feeds/lib/text/folding.py.

const form = document.querySelector("form[data-root]");
const field = form.elements.q;
const found = document.getElementById("found");
const browse = document.getElementById("browse");
const {root} = form.dataset;
const pause = 200;
const mostFeeds = 6;
const mostArticles = 10;
// From so many letters on, the last word may be the beginning of a word.
const leastLetters = 3;
const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_";
const letters = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u312f\u3190-\u9fff\u{20000}-\u{3ffff}";
const unspaced = new RegExp(`^[${letters}]`, "u");
const runs = new RegExp(`[${letters}]+|[^${letters}]+`, "gu");

// Folding

export function fold(text) {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().toUpperCase().toLowerCase().replaceAll("ς", "σ");
}

export function divide(text) {
  return (fold(text).match(/[\p{L}\p{N}]+/gu) ?? []).flatMap((word) => word.match(runs)).flatMap((run) => {
    const signs = [...run];
    return unspaced.test(run) ? signs.map((sign, place) => sign + (signs[place + 1] ?? "")) : [run];
  });
}

// The index of articles

const files = new Map();

/** Return what a file of the index holds after its first line; each file is fetched once. */
function load(name) {
  if (!files.has(name)) {
    const answer = fetch(`${root}search/${name}`).then((it) => (it.ok ? it.text() : Promise.reject(it.status)));
    files.set(name, answer);
    answer.catch(() => files.delete(name));
  }
  return files.get(name);
}

const read = async (name) => {
  const text = await load(`index/${name}.txt`);
  return text.slice(text.indexOf("\n") + 1);
};

let starting;
const start = () => {
  starting ??= read("start").then(JSON.parse).then((it) => ({...it, files: new Set(it.files.split(" "))}));
  starting.catch(() => { starting = undefined; });
  return starting;
};

/** Return the first letters of a word; of a script without spaces one less. */
const take = (word, number) => [...word].slice(0, number - unspaced.test(word)).join("");

function fileOf(word, {depth, divided}) {
  const deep = depth === 2 && divided.includes(take(word, 2)) ? 3 : depth;
  if (deep === 0) return "w0-all";
  const code = (sign, part = 1) => `_${Math.floor(sign.codePointAt(0) / part).toString(16)}_`;
  if (deep === 1 && unspaced.test(word)) return `w1-${code(word, 64)}`;
  return `w${deep}-${[...take(word, deep)].map((sign) => (/[a-z0-9]/.test(sign) ? sign : code(sign))).join("")}`;
}

/** Add encoded numbers to a set. */
function decode(text, numbers) {
  let [last, value, shift] = [0, 0, 0];
  for (const digit of text) {
    const bits = digits.indexOf(digit);
    value += (bits & 31) << shift;
    shift += 5;
    if (bits < 32) {
      last += value;
      numbers.add(last);
      [value, shift] = [0, 0];
    }
  }
}

/** Return the numbers of the articles that have a word, or a word that begins with it, in their titles or elsewhere. */
async function look(word, isPrefix, index) {
  const [titles, others] = [new Set(), new Set()];
  const name = fileOf(word, index);
  if (!index.files.has(name)) return [titles, others];
  for (const line of (await read(name)).split("\n")) {
    const [own, inTitles, elsewhere] = line.split(" ");
    if (own === word || (isPrefix && own.startsWith(word))) {
      decode(inTitles, titles);
      decode(elsewhere, others);
    }
  }
  return [titles, others];
}

/** Return the numbers of the articles that have all words: those that have all in their titles come first. */
export async function search(text) {
  const words = [...new Set(divide(text))];
  if (!words.length) return [];
  const index = await start();
  const isOpen = !/[^\p{L}\p{N}\p{M}]$/u.test(text);
  const sets = await Promise.all(words.map((word, place) => {
    const isLast = isOpen && place === words.length - 1 && [...word].length >= leastLetters;
    return look(word, isLast || (unspaced.test(word) && [...word].length === 1), index);
  }));
  const [first, ...rest] = sets.sort((one, other) => one[0].size + one[1].size - other[0].size - other[1].size);
  const all = [...new Set([...first[0], ...first[1]])].filter((n) => rest.every(([a, b]) => a.has(n) || b.has(n)));
  const inTitle = (number) => sets.every(([titles]) => titles.has(number));
  const newest = all.sort((one, other) => other - one);
  return [...newest.filter(inTitle), ...newest.filter((number) => !inTitle(number))];
}

/** Return what a result shows of some articles. */
async function fetchArticles(numbers) {
  const {size} = await start();
  return Promise.all(numbers.map(async (number) => {
    const name = `a-${Math.floor(number / size) + 1}`;
    return JSON.parse(await read(name))[number % size];
  }));
}

// The list of feeds

let listing;
const list = () => {
  listing ??= load("feeds.json").then(JSON.parse).then((it) => ({
    ...it,
    feeds: it.feeds.map((feed) => ({feed, text: fold(`${feed[1]} ${feed[0].split("/")[1] ?? ""} ${feed[5] ?? ""}`)})),
  }));
  listing.catch(() => { listing = undefined; });
  return listing;
};

function findFeeds(text, {feeds}) {
  const words = fold(text).split(/\s+/).filter(Boolean);
  const hits = words.length ? feeds.filter((one) => words.every((word) => one.text.includes(word))) : [];
  return hits.map(({feed}) => feed).sort((one, other) => other[2] - one[2]);
}

// What is found, with the elements of parts.html

function make(name, values, ...inner) {
  const made = Object.assign(document.createElement(name), values);
  made.append(...inner);
  return made;
}

/** Return what says a text of the site in its language; what counts has a form for each plural category. */
function speaker({words, language}) {
  return (text, values = {}) => {
    const known = words[text] ?? text;
    const form = typeof known === "string" ? known : known[new Intl.PluralRules(language).select(values.number)] ?? known.other;
    return form.replace(/\{(\w+)\}/g, (_, name) => values[name].toLocaleString(language));
  };
}

/** Cut a text after a word, as lists on pages do. */
function shorten(text, length) {
  if (text.length <= length) return text;
  const cut = text.slice(0, length - 1);
  return `${cut.slice(0, Math.max(cut.lastIndexOf(" "), 0) || cut.length).replace(/[ ,;:.–-]+$/, "")}…`;
}

function makeFeed([path, title, count, date, day, description], say) {
  const facts = make("p", {className: "meta"}, `${say(path.split("/")[0])} · ${say("{number} articles", {number: count})}`);
  if (date) facts.append(" · ", make("time", {dateTime: date}, day));
  const about = description ? [make("p", {}, shorten(description, 90))] : [];
  return make("li", {}, make("a", {href: `${root}${path}/`}, title), ...about, facts);
}

function makeArticle([title, address, date, day, summary, provider, path, lang, dir]) {
  const href = /^https?:/.test(address) ? address : root + address;
  const source = make("p", {className: "source"});
  if (provider) source.append(path ? make("a", {href: `${root}${path}/`}, provider) : make("bdi", {}, provider), " · ");
  source.append(make("time", {dateTime: date}, day));
  const heading = make("h3", {}, address ? make("a", {href}, title) : make("bdi", {}, title));
  const text = make("div", {}, heading, source, ...(summary ? [make("p", {}, summary)] : []));
  return make("li", {}, make("article", lang ? {lang, dir} : {}, text));
}

function makeSection(id, heading, ...inner) {
  const section = make("section", {}, make("h2", {id, className: "label"}, heading), ...inner);
  section.setAttribute("aria-labelledby", id);
  return section;
}

/** Return a list of articles with a button for more, which shows the next ones and moves to the first of them. */
async function makeArticles(numbers, say) {
  const rows = make("ol", {className: "stories short"});
  const more = make("button", {type: "button"}, say("More articles"));
  const add = async () => {
    const shown = rows.childElementCount;
    const articles = await fetchArticles(numbers.slice(shown, shown + mostArticles));
    rows.append(...articles.map(makeArticle));
    more.hidden = rows.childElementCount >= numbers.length;
    if (shown) rows.children[shown].querySelector("a")?.focus();
  };
  await add();
  more.addEventListener("click", add);
  return makeSection("found-articles", say("Articles"), rows, make("p", {className: "pager"}, more));
}

// Asking

let timer = 0;
let asked = "";
let asking = new AbortController();

/** Show a result instead of what else there is on the page; nothing for an empty one. */
function show(parts) {
  found.replaceChildren(...parts);
  found.hidden = parts.length === 0;
  browse.hidden = parts.length > 0;
  for (const button of found.querySelectorAll("[data-copy]")) button.hidden = false;
}

/** Return what the application answers. */
async function askApplication(text) {
  asking.abort();
  asking = new AbortController();
  const answer = await fetch(`${form.action}?${new URLSearchParams({q: text})}`, {signal: asking.signal});
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const link of page.querySelectorAll("#found a")) link.href = new URL(link.getAttribute("href"), answer.url);
  return [...page.getElementById("found").children];
}

/** Return what the files of the site have. */
async function askFiles(text) {
  const isIndexed = "index" in form.dataset;
  const [known, numbers] = await Promise.all([list(), isIndexed ? search(text) : []]);
  const [say, feeds] = [speaker(known), findFeeds(text, known)];
  const count = [];
  if (isIndexed) count.push(say("{number} articles", {number: numbers.length}));
  count.push(say("{number} feeds with “{words}”", {number: feeds.length, words: text}));
  if (feeds.length > mostFeeds) count.push(say("the largest {number}", {number: mostFeeds}));
  const said = make("p", {className: "meta"}, count.join(" · "));
  said.setAttribute("role", "status");
  const parts = [said];
  if (feeds.length) {
    const cards = make("ul", {className: "feeds"}, ...feeds.slice(0, mostFeeds).map((feed) => makeFeed(feed, say)));
    const section = makeSection("found-feeds", say("Feeds"), cards);
    section.className = "group";
    parts.push(section);
  }
  if (numbers.length) parts.push(await makeArticles(numbers, say));
  return parts;
}

async function update() {
  clearTimeout(timer);
  const text = field.value.trim();
  if (text === asked) return;
  asked = text;
  try {
    const parts = text ? await ("files" in form.dataset ? askFiles : askApplication)(text) : [];
    // Somebody may have typed on meanwhile.
    if (text === asked) show(parts);
  } catch (error) {
    if (text === asked) asked = "";
    if (error.name !== "AbortError") console.warn(error);
  }
}

field.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(update, pause);
});
if ("files" in form.dataset) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    update();
  });
  // The page of a site of files does not know what its address asks for.
  field.value ||= new URLSearchParams(location.search).get("q") ?? "";
  if (field.value) update();
} else {
  asked = field.value.trim();
}
