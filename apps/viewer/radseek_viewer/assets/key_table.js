// All keys of all pages in one table; those of the pictures are the ones that the viewer's own Keys lists.
import { element } from "./elements.js"
import { drawnIn } from "./mounting.js"
import { HELP } from "./stack_toolbar.js"

const PLACES = [
  ["A study's pictures", HELP],
  ["Results", [["← → ↑ ↓", "from card to card"], ["Enter", "opens the card"], ["Ctrl Enter", "opens it in a tab of its own"]]],
  ["Report", [["Tab", "from sentence to sentence; one that matched lights its region"], ["Enter", "searches for the sentence"]]],
  ["Line of time", [["← →   Home   End", "from study to study"], ["Enter", "opens the study"], ["Tab", "to its Compare"]]],
  ["Tour", [["Esc", "ends it"]]],
]

export default function mountKeys({ parentElement }) {
  return drawnIn(parentElement, "keys", (root) => root.replaceChildren(...PLACES.map(([place, rows]) => table(place, rows))))
}

function table(place, rows) {
  return element("table", {}, element("caption", {}, place),
    element("tbody", {}, ...rows.map(([keys, what]) => element("tr", {}, element("th", { scope: "row" }, keys), element("td", {}, what)))))
}
