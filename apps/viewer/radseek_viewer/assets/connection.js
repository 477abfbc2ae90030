// Whether the viewer's server answers. Every element of the page may ask; `watch.js` keeps an eye on it and tells people.

const READY = new URL("/radseek/ready", document.baseURI).href
const DOUBT = "radseek:doubt"
const BACK = "radseek:back"

export class LostServer extends Error {}

// "here", "silent" after `patienceMs`, or "lost". The answer brings a cookie to a page that another process had given one.
export async function askServer(patienceMs) {
  try {
    const response = await fetch(READY, { credentials: "same-origin", cache: "no-store", signal: AbortSignal.timeout(patienceMs) })
    return response.ok ? "here" : "lost"
  } catch (error) {
    return error.name === "TimeoutError" ? "silent" : "lost"
  }
}

export const tellDoubt = () => window.dispatchEvent(new Event(DOUBT))
export const tellBack = () => window.dispatchEvent(new Event(BACK))

// Both call `heard` and return what ends it.
export const onDoubt = (heard) => listen(DOUBT, heard)
export const onBack = (heard) => listen(BACK, heard)

function listen(name, heard) {
  window.addEventListener(name, heard)
  return () => window.removeEventListener(name, heard)
}
