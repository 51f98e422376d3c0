// Tells what is new while a page is open, and shows it when asked: it moves nothing and takes no focus by itself.
// It listens only while its page is looked at, so that pages in the background cost nothing.

const issue = document.querySelector("[data-live]");
const counts = document.querySelectorAll("[data-unread]");
const fresh = new Set();
let phaseChanged = false;
let heard = issue?.dataset.since;
let stream;

const words = (element, number) => (number === 1 ? element.dataset.one : element.dataset.other).replace("#", number);

const isHere = (id) => document.getElementById(`inbreng-${id}`) !== null;

function tell() {
  const told = [fresh.size ? words(issue, fresh.size) : "", phaseChanged ? issue.dataset.phaseChanged : ""];
  issue.querySelector("[role=status]").textContent = told.join(" ").trim();
  issue.querySelector("button").hidden = !fresh.size && !phaseChanged;
}

function count(number) {
  for (const element of counts) {
    element.hidden = number === 0;
    element.firstElementChild.textContent = number;
    element.lastElementChild.textContent = words(element, number);
  }
}

// The browser reads the page itself: no text becomes markup here.
function load(address) {
  return new Promise((done, fail) => {
    const request = new XMLHttpRequest();
    request.open("GET", address);
    request.responseType = "document";
    request.onload = () => (request.status === 200 && request.response ? done(request.response) : fail());
    request.onerror = fail;
    request.send();
  });
}

async function show() {
  const page = await load(location.pathname + location.search);
  for (const part of document.querySelectorAll("[data-part]")) {
    const renewed = page.querySelector(`[data-part="${part.dataset.part}"]`);
    if (renewed) part.replaceChildren(...document.adoptNode(renewed).childNodes);
  }
  const shown = [...fresh].map((id) => document.getElementById(`inbreng-${id}`)).filter(Boolean);
  for (const voice of shown) voice.classList.add("is-new");
  fresh.clear();
  phaseChanged = false;
  tell();
  const first = shown[0] ?? document.getElementById("gesprek");
  first.tabIndex = -1;
  first.focus();
}

function listen() {
  const where = new URL(issue?.dataset.live ?? "/meldingen/stroom", location.origin);
  if (heard) where.searchParams.set("sinds", heard);
  if (issue) where.searchParams.set("fase", issue.dataset.phase);
  stream = new EventSource(where);
  stream.addEventListener("inbreng", ({ data }) => {
    heard = data;
    if (!isHere(data)) fresh.add(data);
    tell();
  });
  stream.addEventListener("fase", ({ data }) => {
    phaseChanged = true;
    issue.dataset.phase = data;
    tell();
  });
  stream.addEventListener("meldingen", ({ data }) => count(Number(data)));
}

function lookedAt() {
  if (document.visibilityState === "hidden") stream?.close();
  else if (stream?.readyState !== EventSource.OPEN) listen();
}

if (issue || counts.length) {
  issue?.querySelector("button").addEventListener("click", () => show().catch(() => location.reload()));
  document.addEventListener("visibilitychange", lookedAt);
  lookedAt();
}
