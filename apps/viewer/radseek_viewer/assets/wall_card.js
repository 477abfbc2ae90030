// One card of the wall: picture with its map, what matched and why, and the buttons below.
import { element } from "./elements.js"
import { layMap, takeMap } from "./wall_maps.js"

// The card of a study or a hit as an item of a list. `act` has what its buttons do; `id` makes its texts' ids its own.
export function cardNode(card, act, id) {
  const described = [card.sentence ? `${id}-told` : null, card.why ? `${id}-why` : null].filter(Boolean).join(" ")
  const link = element(
    "a",
    {
      class: "card",
      href: card.href,
      draggable: "false",
      "aria-label": card.label,
      "aria-describedby": described || null,
      data: { study: card.study_key },
    },
    picture(card),
    element(
      "div",
      { class: "body" },
      element(
        "div",
        { class: "title" },
        card.rank ? element("span", { class: "rank" }, card.rank.toLocaleString("en")) : null,
        element("span", {}, card.title),
      ),
      element(
        "div",
        { class: "meta" },
        element("span", {}, card.meta),
        card.synthetic ? element("span", { class: "synthetic" }, "SYNTHETIC") : null,
      ),
      card.band || card.folded ? sureness(card) : null,
      card.sentence ? sentenceOf(card.sentence, `${id}-told`) : null,
      card.why ? element("p", { class: "why", id: `${id}-why`, title: card.why }, card.why) : null,
      card.channels.length ? element("div", { class: "channels" }, ...card.channels.map(channelBadge)) : null,
    ),
  )
  link.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return // a new tab or window, as people expect of a link
    event.preventDefault()
    act.open(card)
  })
  return element("div", { class: "listed", role: "listitem" }, link, buttonRow(card, act))
}

// What stands in the place of a card that has not come yet.
export function waitingNode(place) {
  const link = element(
    "a",
    { class: "card", role: "link", "aria-disabled": "true", "aria-label": `Hit ${place + 1}, on its way` },
    element("div", { class: "picture" }),
    element("div", { class: "body" }, element("span", { class: "rank" }, (place + 1).toLocaleString("en"))),
  )
  return element("div", { class: "listed waiting", role: "listitem" }, link)
}

// Lays the card's map over its picture, or takes it away.
export function showMap(node, card, isShown) {
  const frame = node.querySelector(".picture")
  if (isShown && card.map) layMap(frame, card.map)
  else takeMap(frame)
}

function buttonRow(card, act) {
  const button = (sign, words, onclick) =>
    element(
      "button",
      { type: "button", "aria-label": `${words}: ${card.alt}`, onclick },
      element("span", { "aria-hidden": "true" }, sign),
      words,
    )
  const buttons = [
    ...(card.rank && card.image_key
      ? [
          button("+", "More like this", () => act.ask(card, false)),
          button("−", "Less like this", () => act.ask(card, true)),
        ]
      : []),
    ...(card.pick ? [button("", card.pick, () => act.pick(card))] : []),
  ]
  return buttons.length ? element("div", { class: "alike" }, ...buttons) : null
}

function sureness({ band, folded }) {
  return element(
    "div",
    { class: "sure" },
    band
      ? element("span", { class: `band ${band.name}`, title: band.help }, bars(band.bars), element("span", {}, band.label))
      : null,
    folded ? element("span", { class: "folded", title: "Studies that show the same pictures" }, folded) : null,
  )
}

function bars(lit) {
  const nodes = [1, 2, 3].map((height) => element("i", { class: height <= lit ? "lit" : "" }))
  return element("span", { class: "bars", "aria-hidden": "true" }, ...nodes)
}

function picture(card) {
  const frame = element("div", { class: "picture" })
  const say = (words) => frame.replaceChildren(element("span", { class: "nopicture" }, words))
  if (!card.thumbnail) {
    say("Report only")
    return frame
  }
  const image = element("img", { src: card.thumbnail, alt: card.alt, loading: "lazy", decoding: "async", draggable: "false" })
  image.addEventListener("error", () => say("Picture not available"))
  frame.append(image)
  return frame
}

function sentenceOf({ tone, mark, text, pieces }, id) {
  return element(
    "p",
    { class: `sentence ${tone}`, id },
    element("span", { class: "mark" }, mark),
    element("span", { class: "words", title: text }, ...pieces.map(piece)),
  )
}

function piece({ text, answers }) {
  return answers ? element("em", {}, text) : text
}

function channelBadge({ name, rank, help }) {
  return element("span", { class: "channel", title: help }, name, element("b", {}, `#${rank}`))
}
