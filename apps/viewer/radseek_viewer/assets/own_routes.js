// Asks the viewer's own routes, and says in people's words why nothing came.
import { askServer, LostServer } from "./connection.js"

const RENEWAL_MS = 10_000

// The response, whatever it is. Another process gives nothing to the cookie of the one before: whoever asks it gets a new one.
export async function fetchRenewed(url, patienceMs = RENEWAL_MS) {
  const ask = () => fetch(url, { credentials: "same-origin" })
  const response = await ask()
  return response.status === 403 && (await askServer(patienceMs)) === "here" ? ask() : response
}

// Promises JSON. `missing`: what is said where the server gives no reason.
export async function fetchJson(url, missing) {
  return orLost((await fetchGiven(url, missing)).json())
}

export async function fetchBytes(url, missing) {
  return orLost((await fetchGiven(url, missing)).arrayBuffer())
}

// How numbers come on the wire: uint32 header length, JSON header padded to 4 bytes, and from `start` the numbers.
export function unpacked(buffer) {
  const length = new DataView(buffer).getUint32(0, true)
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)))
  return { header, buffer, start: 4 + Math.ceil(length / 4) * 4 }
}

async function fetchGiven(url, missing) {
  const response = await orLost(fetchRenewed(url))
  if (!response.ok) throw new Error(await messageOf(response, missing))
  return response
}

// The server may go while it sends, too.
async function orLost(promise) {
  try {
    return await promise
  } catch {
    throw new LostServer("The server does not answer: it was stopped, or the connection to it is lost.")
  }
}

async function messageOf(response, missing) {
  try {
    return sentence((await response.json()).message)
  } catch {
    return response.status === 403 ? "The viewer was restarted. Reload this page." : missing
  }
}

const sentence = (text) => `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? "" : "."}`
