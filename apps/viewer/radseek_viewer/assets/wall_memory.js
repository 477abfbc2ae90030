// What a person left in each of the last answers: the place that was reached, the selection, the cards that have come.
import { CardBlocks } from "./wall_blocks.js"
import { Selection } from "./wall_selection.js"

const MOST_REMEMBERED = 4

const memories = new Map() // word of an answer -> what is remembered of it

// The memory of an answer, and whether it was known before.
export function memoryOf(answer, cards) {
  const known = memories.get(answer.token)
  return { memory: known ?? remembered(answer, cards), isKnown: Boolean(known) }
}

function remembered(answer, cards) {
  const memory = {
    blocks: new CardBlocks(answer, cards),
    selection: new Selection(answer.n_hits),
    active: 0, // the card that Tab leads to
    hasFocus: false,
    top: null, // the first place in sight, and how far beyond its upper edge
    doneNumber: answer.done?.number,
    isDoneHidden: !answer.done,
  }
  memories.set(answer.token, memory)
  if (memories.size > MOST_REMEMBERED) memories.delete(memories.keys().next().value)
  return memory
}
