// Puts a colour picker where a field that asks for a colour shows a sample. The field itself stays: house styles
// are written down as #rrggbb, and whoever has no picker types them.
const isColour = (text) => /^#[0-9a-f]{6}$/i.test(text);

for (const sample of document.querySelectorAll("[data-colour-of]")) {
  const field = document.getElementById(sample.dataset.colourOf);
  const picker = document.createElement("input");
  picker.type = "color";
  picker.className = "swatch";
  picker.setAttribute("aria-label", document.querySelector(`label[for="${field.id}"]`).textContent.trim());
  const follow = () => {
    if (isColour(field.value)) picker.value = field.value.toLowerCase();
  };
  picker.addEventListener("input", () => {
    field.value = picker.value;
  });
  field.addEventListener("input", follow);
  follow();
  sample.replaceWith(picker);
}
