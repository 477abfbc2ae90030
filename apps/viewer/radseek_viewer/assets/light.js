// Tells the other element of the page which sentence, or which region, a person points at. Keys only, no text.

const SENTENCE = "radseek:sentence"
const REGION = "radseek:region"

export const pointAtSentence = (key) => tell(SENTENCE, key ? [key] : [])
export const pointAtRegion = (keys) => tell(REGION, keys)

// Both call `heard` with the keys of the sentences, none when nothing is pointed at, and return what ends it.
export const onSentence = (heard) => listen(SENTENCE, heard)
export const onRegion = (heard) => listen(REGION, heard)

function tell(name, keys) {
  window.dispatchEvent(new CustomEvent(name, { detail: keys }))
}

function listen(name, heard) {
  const listener = (event) => heard(event.detail)
  window.addEventListener(name, listener)
  return () => window.removeEventListener(name, listener)
}
