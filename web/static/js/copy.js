// Puts a button beside an address that copies it, where the browser can.

for (const field of document.querySelectorAll("input[data-copy]")) {
  if (!navigator.clipboard) break;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "nl-button nl-button--secondary";
  button.textContent = field.dataset.copy;
  const told = document.createElement("span");
  told.role = "status";
  button.addEventListener("click", async () => {
    field.select();
    await navigator.clipboard.writeText(field.value);
    told.textContent = field.dataset.copied;
  });
  field.after(button, told);
}
