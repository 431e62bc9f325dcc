// The page: looks people and items up, asks for lists, and shows them. Everything from the server is put in as text.
const PAGE = 20, PLACES = 10;
const at = (id) => document.getElementById(id);
const state = { models: [], offset: 0, total: 0, asked: 0, ticked: new Map() };

function made(tag, { text, className, ...rest } = {}, ...children) {
  const element = document.createElement(tag);
  if (text !== undefined) element.textContent = text;
  if (className) element.className = className;
  for (const [name, value] of Object.entries(rest)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

async function call(path, body) {
  const headers = body ? { "Content-Type": "application/json" } : {};
  const token = sessionStorage.getItem("token");
  if (token) headers.Authorization = `Bearer ${token}`;
  const options = { headers, method: body ? "POST" : "GET", body: body && JSON.stringify(body) };
  const response = await fetch(`api/${path}`, options);
  if (response.status === 401) {
    await askToken();
    return call(path, body);
  }
  const answer = await response.json().catch(() => ({ detail: `the server answered with status ${response.status}` }));
  if (response.ok) return answer;
  const told = Array.isArray(answer.detail) ? answer.detail.map((part) => part.msg).join("; ") : answer.detail;
  throw new Error(told);
}

function askToken() {
  sessionStorage.removeItem("token");
  const dialog = at("token-dialog");
  if (!dialog.open) dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      sessionStorage.setItem("token", at("token").value);
      resolve();
    }, { once: true });
  });
}

function tell(text, error = false) {
  at("status").textContent = text;
  at("status").className = error ? "error" : "";
}

const named = (entity) => entity.title || entity.id;

// Only the answer to the latest question is shown.
async function showing(text, work) {
  const mine = ++state.asked;
  tell(text);
  try {
    const show = await work();
    if (mine === state.asked) show();
  } catch (error) {
    if (mine === state.asked) tell(error.message, true);
  }
}

// On a narrow screen the lists are below what was asked.
function lookAtLists() {
  if (matchMedia("(max-width: 46rem)").matches) at("shown").scrollIntoView();
  else scrollTo({ top: 0 });
}

function later(work) {
  let timer;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(work, 200);
  };
}

// People

async function findPeople() {
  const words = encodeURIComponent(at("person-words").value);
  try {
    const found = await call(`search?kind=user&words=${words}&offset=${state.offset}&limit=${PAGE}`);
    state.total = found.total;
    at("people").replaceChildren(...found.entities.map((person, place) => made("li",
      { role: "option", id: `person-${place}`, "aria-selected": "false", "data-id": person.id, text: named(person) },
      made("small", { text: `${person.interactions} items` }))));
    at("people").removeAttribute("aria-activedescendant");
    const last = Math.min(state.offset + PAGE, found.total);
    at("people-shown").textContent = found.total ? `${state.offset + 1} to ${last} of ${found.total}` : "nobody";
    at("people-before").disabled = state.offset === 0;
    at("people-after").disabled = last === found.total;
  } catch (error) {
    tell(error.message, true);
  }
}

function choosePerson(option) {
  for (const other of at("people").children) other.setAttribute("aria-selected", String(other === option));
  at("people").setAttribute("aria-activedescendant", option.id);
  option.scrollIntoView({ block: "nearest" });
  showPerson(option.dataset.id);
}

function showPerson(id) {
  return showing(`Asking for ${id} ...`, async () => {
    const [person, ...answers] = await Promise.all([
      call(`user?id=${encodeURIComponent(id)}`),
      ...state.models.map((model) => call("recommend", { users: [id], k: PLACES, why: true, model: model.number })),
    ]);
    return () => {
      const history = made("ul", { className: "history" }, ...person.history.map((item) => made("li", { text: named(item) })));
      at("profile-of").replaceChildren(made("div", { className: "card" },
        made("h2", { text: named(person) }),
        made("p", { text: person.profile || "No profile is known." }),
        made("details", person.history.length > 12 ? {} : { open: "" }, made("summary", { text: `${person.interactions} items before` }), history)));
      showLists(answers.map((answer) => answer.lists[0].items));
      tell(`Recommendations for ${named(person)}`);
      lookAtLists();
    };
  });
}

at("people").addEventListener("click", (event) => {
  const option = event.target.closest("li");
  if (option) choosePerson(option);
});
at("people").addEventListener("keydown", (event) => {
  const options = [...at("people").children];
  const now = options.findIndex((option) => option.getAttribute("aria-selected") === "true");
  const next = { ArrowDown: now + 1, ArrowUp: Math.max(now - 1, 0), Home: 0, End: options.length - 1 }[event.key];
  if (next === undefined || !options[next]) return;
  event.preventDefault();
  choosePerson(options[next]);
});
at("people-before").addEventListener("click", () => { state.offset -= PAGE; findPeople(); });
at("people-after").addEventListener("click", () => { state.offset += PAGE; findPeople(); });
at("person-words").addEventListener("input", later(() => { state.offset = 0; findPeople(); }));
at("find-person").addEventListener("submit", (event) => { event.preventDefault(); at("people").focus(); });

// You

function tickable(item) {
  const box = made("input", { type: "checkbox", value: item.id });
  box.checked = state.ticked.has(item.id);
  box.addEventListener("change", () => {
    if (box.checked) state.ticked.set(item.id, item);
    else state.ticked.delete(item.id);
    showTicked();
  });
  return made("li", {}, made("label", {}, box, made("span", { text: named(item) })));
}

function showTicked() {
  at("ticked").replaceChildren(...[...state.ticked.values()].map(tickable));
  for (const box of at("items").querySelectorAll("input")) box.checked = state.ticked.has(box.value);
}

async function findItems() {
  try {
    const found = await call(`search?kind=item&limit=30&words=${encodeURIComponent(at("item-words").value)}`);
    at("items").replaceChildren(...found.entities.map(tickable));
  } catch (error) {
    tell(error.message, true);
  }
}

at("item-words").addEventListener("input", later(findItems));
at("item-words").addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
at("ask").addEventListener("submit", (event) => {
  event.preventDefault();
  const profile = at("profile").value.trim(), history = [...state.ticked.keys()];
  if (!profile && !history.length) return tell("Say what you like, or tick something.", true);
  return showing("Asking ...", async () => {
    const asked = { profile, history, k: PLACES, why: true };
    const answers = await Promise.all(state.models.map((model) => call("fold-in", { ...asked, model: model.number })));
    return () => {
      at("profile-of").replaceChildren();
      showLists(answers.map((answer) => answer.items));
      tell("Recommendations for you");
      lookAtLists();
    };
  });
});

// Lists

function showLists(lists) {
  at("lists").replaceChildren(...lists.map((items, number) => {
    const others = new Set(lists.filter((_, other) => other !== number).flat().map((place) => place.item));
    const rows = items.map((place) => made("li", {},
      made("span", { className: "rank", text: place.rank }),
      made("div", {},
        made("span", { className: "title", text: place.title || place.item }),
        others.has(place.item) ? made("span", { className: "both", text: "  in both lists" }) : "",
        ...place.because.map(reason))));
    return made("div", { className: "card" }, made("h2", { text: state.models[number].name }),
      rows.length ? made("ol", { className: "list" }, ...rows) : made("p", { text: "Nothing to recommend." }));
  }));
}

function reason(near) {
  const bars = [["model", near.collaborative, ""], ["text", near.text, "text"]].filter(([, value]) => value !== null);
  return made("div", { className: "why" }, made("span", { text: `near ${near.title || near.item}` }),
    ...bars.map(([name, value, className]) => {
      const share = Math.max(0, Math.min(1, value));
      const meter = made("meter", { min: 0, max: 1, value: share, className, "aria-label": `alike by ${name}` });
      return made("div", { className: "alike" }, made("span", { text: `by ${name}` }), meter, made("span", { text: value.toFixed(2) }));
    }));
}

// Tabs

const tabs = [at("tab-person"), at("tab-you")];
function select(chosen) {
  for (const tab of tabs) {
    tab.setAttribute("aria-selected", String(tab === chosen));
    tab.tabIndex = tab === chosen ? 0 : -1;
    at(tab.getAttribute("aria-controls")).hidden = tab !== chosen;
  }
}
tabs.forEach((tab, place) => {
  tab.addEventListener("click", () => select(tab));
  tab.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
    const other = tabs[1 - place];
    select(other);
    other.focus();
  });
});

try {
  state.models = await call("models");
  const [first] = state.models;
  document.title = `Recommendations: ${first.dataset}`;
  at("about").textContent = `${first.dataset}: ${first.users} people, ${first.items} items; ${state.models.map((m) => m.name).join(" beside ")}`;
  const takes = state.models.every((model) => model.takes_profiles);
  at("profile").hidden = document.querySelector("label[for=profile]").hidden = !takes;
  at("no-profile").hidden = takes;
  await Promise.all([findPeople(), findItems()]);
} catch (error) {
  tell(error.message, true);
}
