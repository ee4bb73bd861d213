// A place to drop one file, or to choose it.
import { $ } from "/web/dom.js";

// `take(file)` hears of a file that was dropped on `zone` or chosen by `input`.
export function openZone(zone, input, take) {
  $(input).addEventListener("change", ({ target }) => {
    const [file] = target.files;
    target.value = "";
    if (file) take(file);
  });
  if (!zone) return;
  const light = (event, on) => {
    event.preventDefault();
    $(zone).classList.toggle("over", on);
  };
  for (const name of ["dragenter", "dragover"]) $(zone).addEventListener(name, (event) => light(event, true));
  for (const name of ["dragleave", "drop"]) $(zone).addEventListener(name, (event) => light(event, false));
  $(zone).addEventListener("drop", (event) => {
    const [file] = event.dataTransfer?.files ?? [];
    if (file) take(file);
  });
}
