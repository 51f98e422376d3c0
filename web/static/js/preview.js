// Shows what a text becomes while it is written. Without this script the same button sends the form and gets it back.

for (const button of document.querySelectorAll("button[name=voorbeeld]")) {
  const place = button.form.querySelector("[data-preview-place]");
  const source = button.form.querySelector("[data-preview]");
  let asked = 0;
  let waiting;

  // The browser reads the answer itself: no text becomes markup here.
  const renew = () => {
    const mine = ++asked;
    const request = new XMLHttpRequest();
    request.open("POST", "/voorbeeld");
    request.responseType = "document";
    request.onload = () => {
      const made = request.response?.querySelector("[data-preview-made]");
      if (mine === asked && made) place.replaceChildren(document.adoptNode(made));
    };
    const form = new FormData(button.form);
    const sent = new URLSearchParams({ text: source.value, kind: button.value });
    for (const name of ["csrf", "language"]) if (form.has(name)) sent.set(name, form.get(name));
    request.send(sent);
  };

  const later = () => {
    clearTimeout(waiting);
    if (!place.hidden) waiting = setTimeout(renew, 400);
  };

  button.type = "button";
  button.setAttribute("aria-expanded", "false");
  button.addEventListener("click", () => {
    place.hidden = !place.hidden;
    button.setAttribute("aria-expanded", String(!place.hidden));
    if (!place.hidden) renew();
  });
  source.addEventListener("input", later);
}
