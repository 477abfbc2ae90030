// The bar at the lower edge of the screen: what is selected, what was done with it, and cards that did not come.
import { element } from "./elements.js"

const TROUBLES = {
  gone: { words: "These results are no longer kept.", button: "Search again", act: "again" },
  closed: { words: "The viewer was started anew since this page was loaded.", button: "Load the page", act: "reload" },
  failed: { words: "", button: "Try again", act: "retry" },
}

export class WallFoot {
  // `act` has what the buttons do: again, reload, retry, keep, compare, all, clear, undo, open, hide; `left`: what had the focus is hidden.
  constructor(act) {
    this.act = act
    this.trouble = element("div", { class: "line trouble", role: "alert", hidden: true })
    this.done = element("div", { class: "line done", role: "status", hidden: true })
    this.spoken = element("div", { class: "spoken", role: "status" }) // always there, so that screen readers heed it
    this.count = element("strong", {})
    this.compare = button("Compare", act.compare)
    this.all = button("", act.all)
    this.selected = element(
      "div",
      { class: "line selected", role: "toolbar", "aria-label": "What is selected", hidden: true },
      this.count,
      button("Keep as cohort", act.keep, "main"),
      this.compare,
      this.all,
      button("Clear", act.clear),
    )
    this.node = element("div", { class: "foot", hidden: true }, this.trouble, this.done, this.selected)
  }

  get height() {
    return this.node.offsetHeight
  }

  show({ n, nSelected, done, trouble }) {
    const focused = this.node.getRootNode().activeElement
    const hadFocus = this.node.contains(focused)
    this.showSelected(n, nSelected)
    this.showLine(this.done, done?.number ?? "", () => this.doneLine(done))
    this.showLine(this.trouble, trouble ? `${trouble.kind} ${trouble.first}` : "", () => this.troubleLine(trouble))
    this.node.hidden = [this.trouble, this.done, this.selected].every((line) => line.hidden)
    if (hadFocus && !focused.checkVisibility()) this.act.left()
  }

  showSelected(n, nSelected) {
    this.selected.hidden = nSelected === 0
    const words = nSelected ? `${nSelected.toLocaleString("en")} selected` : ""
    for (const told of [this.count, this.spoken]) if (told.textContent !== words) told.textContent = words
    const isPair = nSelected === 2
    this.compare.setAttribute("aria-disabled", isPair ? "false" : "true")
    this.compare.title = isPair ? "Side by side" : "Select exactly two to compare them"
    this.all.textContent = `Select all ${n.toLocaleString("en")}`
    this.all.hidden = nSelected === n
  }

  // Fills a line when what it says has changed, so that it is read out once.
  showLine(line, key, nodes) {
    line.hidden = key === ""
    if (line.dataset.key === String(key)) return
    line.dataset.key = key
    line.replaceChildren(...(key === "" ? [] : nodes()))
  }

  doneLine({ text, can_undo, cohort }) {
    return [
      element("span", {}, text),
      ...(can_undo ? [button("Undo", this.act.undo)] : []),
      ...(cohort ? [button("Open the cohort", this.act.open)] : []),
      button("Hide", this.act.hide),
    ]
  }

  troubleLine({ kind, first }) {
    const { words, button: label, act } = TROUBLES[kind]
    const said = words || `The hits from ${(first + 1).toLocaleString("en")} on could not be loaded.`
    return [element("span", {}, said), button(label, this.act[act], "main")]
  }
}

function button(words, onclick, kind = "") {
  return element("button", { type: "button", class: kind, onclick }, words)
}
