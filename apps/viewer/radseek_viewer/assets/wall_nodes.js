// The cards that are in the page, of all of an answer: each in its place, selected or not, with its map or not. Cards that leave
// are kept for a while with their pictures.
import { element } from "./elements.js"
import { cardNode, showMap, waitingNode } from "./wall_card.js"
import { leftOf, topOf } from "./wall_layout.js"

const MOST_SPARE = 240 // cards out of sight that keep their pictures: those are not stored by the browser otherwise

export class WallNodes {
  #shown = new Map() // place -> node in the page
  #spare = new Map() // place -> node with its picture, the one that left last at the end

  // now: { answer, memory, layout } as they stand; act: what the buttons of a card do; toggle(place): its check box.
  constructor(list, { now, act, toggle }) {
    Object.assign(this, { list, now, act, toggle })
  }

  // The place of the card that a node belongs to; null for none.
  placeOf(node) {
    const listed = node?.closest?.(".listed")
    return listed && this.list.contains(listed) ? Number(listed.dataset.place) : null
  }

  // Puts the nodes of these places into the list, in order, and takes all others out but the one with the focus.
  show(first, last) {
    const focus = this.placeOf(this.#focused)
    const wanted = Array.from({ length: last - first + 1 }, (_, step) => first + step)
    if (focus !== null && focus < first) wanted.unshift(focus)
    if (focus !== null && focus > last) wanted.push(focus)
    const kept = new Set(wanted)
    for (const place of [...this.#shown.keys()]) if (!kept.has(place)) this.#takeOut(place)
    let at = this.list.firstChild
    for (const place of wanted) {
      const node = this.#shown.get(place)
      if (node && !this.#isOutdated(place, node)) at = node.nextSibling
      else at = this.#putIn(place, node, at).nextSibling
    }
  }

  focusOn(place) {
    cardOf(this.#shown.get(place))?.focus({ preventScroll: true })
  }

  has(place) {
    return this.#shown.has(place)
  }

  layOut() {
    for (const [place, node] of this.#shown) this.#position(place, node)
  }

  showState(place) {
    if (this.#shown.has(place)) this.#showStateOf(this.#shown.get(place), place)
  }

  showStates() {
    for (const [place, node] of this.#shown) this.#showStateOf(node, place)
  }

  forget() {
    this.list.replaceChildren()
    this.#shown.clear()
    this.#spare.clear()
  }

  get #focused() {
    return this.list.getRootNode().activeElement
  }

  #isOutdated(place, node) {
    return node.classList.contains("waiting") && Boolean(this.now().memory.blocks.at(place))
  }

  #putIn(place, waiting, before) {
    const node = this.#nodeOf(place)
    const hadFocus = waiting && waiting.contains(this.#focused)
    if (waiting) waiting.replaceWith(node)
    else this.list.insertBefore(node, before)
    this.#shown.set(place, node)
    this.#position(place, node)
    this.#showStateOf(node, place)
    if (hadFocus) cardOf(node).focus({ preventScroll: true })
    return node
  }

  #takeOut(place) {
    const node = this.#shown.get(place)
    this.#shown.delete(place)
    node.remove()
    const image = node.querySelector("img")
    if (node.classList.contains("waiting")) return
    if (image && !image.complete) return image.removeAttribute("src") // out of sight before it came: not needed
    this.#spare.set(place, node)
    if (this.#spare.size > MOST_SPARE) this.#spare.delete(this.#spare.keys().next().value)
  }

  #nodeOf(place) {
    const spare = this.#spare.get(place)
    this.#spare.delete(place)
    if (spare) return spare
    const { answer, memory } = this.now()
    const card = memory.blocks.at(place)
    const node = card ? cardNode(card, this.act, `hit-${place}`) : waitingNode(place)
    node.dataset.place = place
    node.setAttribute("aria-posinset", place + 1)
    node.setAttribute("aria-setsize", answer.n_hits)
    if (card) node.append(this.#checkBox(card, place))
    return node
  }

  #checkBox(card, place) {
    return element("input", {
      type: "checkbox",
      class: "pick",
      title: "Select (X); with Shift a range",
      "aria-label": `Select ${card.label}`,
      onchange: () => this.toggle(place),
    })
  }

  #position(place, node) {
    const { layout } = this.now()
    node.style.left = `${leftOf(layout, place)}px`
    node.style.top = `${topOf(layout, place)}px`
  }

  // Selected or not, the one that Tab leads to or not, with its map or not.
  #showStateOf(node, place) {
    const { answer, memory } = this.now()
    const box = node.querySelector(".pick")
    const isSelected = memory.selection.has(place)
    if (box) box.checked = isSelected
    node.classList.toggle("selected", isSelected)
    const reached = place === memory.active ? "0" : "-1"
    for (const part of node.querySelectorAll(".card, .pick, .alike button")) part.setAttribute("tabindex", reached)
    const card = memory.blocks.at(place)
    if (card) showMap(node, card, answer.show_where)
  }
}

const cardOf = (node) => node?.querySelector(".card") ?? null
