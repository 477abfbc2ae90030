// All keys of all pages in one table; those of the pictures and of the map are the ones that their own Keys list.
import { element } from "./elements.js"
import { HELP as MAP_HELP } from "./map_keys.js"
import { drawnIn } from "./mounting.js"
import { HELP } from "./stack_toolbar.js"

const PLACES = [
  ["A study's pictures", HELP],
  ["Results", [["← → ↑ ↓", "from card to card"], ["Enter", "opens the card"], ["Ctrl Enter", "opens it in a tab of its own"],
    ["X,   Shift ← → ↑ ↓", "selects it; selects a range"], ["Ctrl A,   Esc", "selects all; none"]]],
  ["Map", MAP_HELP],
  ["Report", [["Tab", "from sentence to sentence; one that matched lights its region"], ["Enter", "searches for the sentence"]]],
  ["Line of time", [["← →   Home   End", "from study to study"], ["Enter", "opens the study"], ["Tab", "to its Compare"]]],
  ["Picture that is compared", [["← → ↑ ↓", "move the chosen part; with Shift they size it"], ["Enter,   Esc", "searches with it; takes it back"]]],
  ["Plots", [["← → ↑ ↓   Home   End", "from value to value"]]],
  ["Tour", [["Esc", "ends it"]]],
]

export default function mountKeys({ parentElement }) {
  return drawnIn(parentElement, "keys", (root) => root.replaceChildren(...PLACES.map(([place, rows]) => table(place, rows))))
}

function table(place, rows) {
  return element("table", {}, element("caption", {}, place),
    element("tbody", {}, ...rows.map(([keys, what]) => element("tr", {}, element("th", { scope: "row" }, keys), element("td", {}, what)))))
}
