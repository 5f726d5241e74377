// The page for building a feed: shows what a choice selects while people choose.
// The application answers with the whole page, and this script takes the result from it. A site
// of files answers with the unchanged page; then it shows the lines for config.toml.

const form = document.getElementById("build");
const result = document.getElementById("result");
const found = document.getElementById("found");
const jump = document.querySelector(".jump");
const snippet = document.getElementById("snippet");
const toml = document.getElementById("toml");
const leftOut = document.getElementById("left-out");

const words = JSON.parse(form.dataset.words);
const pause = 250;
// Parameters for which config.toml has no key.
const unknown = {q: say("words"), since: say("a first day")};
const single = new Set(["language", "min_quality", "min_heat", "limit"]);
const numbers = new Set(["min_quality", "min_heat", "limit"]);
const example = toml.textContent;

/** Return a text in the language of the site. */
function say(text) {
  return words[text] ?? text;
}

let timer = 0;
let asking = new AbortController();

/** Return what is chosen as pairs of parameter and value; empty fields do not count. */
function chosen() {
  return [...new FormData(form)].map(([name, value]) => [name, value.trim()]).filter(([, value]) => value);
}

function soon() {
  clearTimeout(timer);
  timer = setTimeout(update, pause);
  writeSnippet();
}

async function update() {
  clearTimeout(timer);
  asking.abort();
  asking = new AbortController();
  const query = new URLSearchParams(chosen()).toString();
  history.replaceState(null, "", query ? `?${query}` : "./");
  try {
    const answer = await fetch(query ? `./?${query}` : "./", {signal: asking.signal});
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const part = page.getElementById("result");
    if (part === null) throw new Error(answer.statusText);
    if (!query || "answered" in part.dataset) show(part.innerHTML, page.getElementById("found").textContent);
    else becomeFiles();
  } catch (error) {
    if (error.name !== "AbortError") tell(say("The site cannot be reached just now"));
  }
}

function show(html, count) {
  result.innerHTML = html;
  for (const button of result.querySelectorAll("[data-copy]")) button.hidden = false;
  tell(count);
}

function tell(text) {
  if (found.textContent !== text) found.textContent = text;
  jump.textContent = text;
}

function becomeFiles() {
  const text = document.createElement("p");
  text.textContent = say("This site is made of files, which cannot choose for you. Who runs it can publish your feed with these lines.");
  show(text.outerHTML, say("Your feed for config.toml"));
  snippet.open = true;
}

/** Write the choice as a selection in config.toml. JSON strings are valid in TOML. */
function writeSnippet() {
  const keys = new Map();
  const missing = new Set();
  for (const [field, value] of fields()) {
    const key = field.closest("[data-key]")?.dataset.key;
    if (!key) missing.add(unknown[field.name]);
    else if (single.has(key) && keys.has(key)) missing.add(say("more than one language"));
    else keys.set(key, [...(keys.get(key) ?? []), nameOf(field, value)]);
  }
  const title = keys.get("topics")?.join(", ") ?? say("My feed");
  const lines = [...keys].map(([key, values]) => `${key} = ${written(key, values)}`);
  const table = ["[selections.my-feed]", `title = ${JSON.stringify(title)}`, ...lines, ""].join("\n");
  toml.textContent = keys.size ? table : example;
  leftOut.hidden = missing.size === 0;
  const text = say("Left out, since config.toml has no key for it: {names}.");
  leftOut.textContent = text.replace("{names}", [...missing].join(", "));
}

function written(key, values) {
  if (numbers.has(key)) return Number(values[0]);
  return JSON.stringify(single.has(key) ? values[0] : values).replaceAll('","', '", "');
}

/** Return each field that is filled in, with its value. */
function fields() {
  return [...form.elements]
    .filter((field) => field.name && (field.type === "checkbox" ? field.checked : field.value?.trim()))
    .map((field) => [field, field.value.trim()]);
}

function nameOf(field, value) {
  return field.dataset.name ?? suggestion(field, value)?.dataset.name ?? suggestion(field, value)?.value ?? value;
}

/** Return the known name that somebody wrote in a field. */
function suggestion(field, value) {
  const wanted = value.toLowerCase();
  return [...(field.list?.options ?? [])].find((option) =>
    option.value.toLowerCase() === wanted || option.label.toLowerCase() === wanted);
}

/** Turn what somebody wrote into another choice. */
function add(field) {
  const value = field.value.trim();
  if (!value) return;
  field.value = "";
  const known = suggestion(field, value);
  const pills = field.closest("fieldset").querySelector(".pills");
  const there = [...pills.querySelectorAll("input")].find((box) => means(box, known?.value ?? value));
  if (there) {
    there.checked = true;
    return;
  }
  const label = document.createElement("label");
  label.className = "pill";
  const box = Object.assign(document.createElement("input"), {
    type: "checkbox", name: field.name, value: known?.value ?? value, checked: true,
  });
  box.dataset.name = known?.dataset.name ?? box.value;
  const text = Object.assign(document.createElement("span"), {dir: "auto", textContent: known?.label || box.value});
  label.append(box, text);
  pills.append(label);
}

/** Return whether a text is one of the names of a choice. */
function means(box, text) {
  const names = [box.value, box.dataset.name, box.labels[0].textContent.trim()];
  return names.some((name) => name.toLowerCase() === text.toLowerCase());
}

/** Fetch the names for a field if their list is too long for the page. */
async function fill(field) {
  const list = field.list;
  const kind = list?.dataset.kind;
  if (!kind) return;
  delete list.dataset.kind;
  try {
    const answer = await fetch("../search/feeds.json");
    for (const [path, title] of (await answer.json()).feeds) {
      const [folder, name] = path.split("/");
      if (folder === kind) list.append(new Option(title, kind === "providers" ? name : title));
    }
  } catch {
    list.dataset.kind = kind;
  }
}

/** Restore the choices in the address if the page does not show them, as on a site of files. */
function restore() {
  if ("answered" in result.dataset || !location.search) return;
  for (const [name, value] of new URLSearchParams(location.search)) {
    const own = [...form.elements].filter((field) => field.name === name);
    const box = own.find((field) => field.type === "checkbox" && field.value === value);
    const field = own.find((field) => field.type !== "checkbox");
    if (box) box.checked = true;
    else if (field) field.value = value;
    if (!box && field?.list) add(field);
  }
  soon();
}

form.addEventListener("input", (event) => {
  if (!event.target.list) soon();
});
form.addEventListener("change", (event) => {
  if (event.target.list) add(event.target);
  soon();
});
form.addEventListener("focusin", (event) => fill(event.target));
form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (document.activeElement.list) add(document.activeElement);
  update();
  writeSnippet();
});
restore();
writeSnippet();
