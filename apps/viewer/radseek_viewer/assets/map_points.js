// Fetches a map's points and their groups from the viewer's own routes.
// Wire format (radseek_viewer/map_wire.py): uint32 header length, JSON header padded to 4 bytes, little-endian numbers.

export async function fetchPoints(url) {
  const { header, buffer, start } = await fetchPacked(`${url}/points`)
  const codes = new Uint16Array(buffer, start, 2 * header.n)
  const share = (code) => code / 65535
  return { n: header.n, x: Float32Array.from(codes.subarray(0, header.n), share), y: Float32Array.from(codes.subarray(header.n), share) }
}

// Promises { scale, legend: [{ code, label, count }], codes: a group for each point }.
export async function fetchGroups(url) {
  const { header, buffer, start } = await fetchPacked(url)
  return { ...header, codes: new Uint8Array(buffer, start) }
}

export async function fetchCard(url, row) {
  return (await answerOf(`${url}/studies/${row}`)).json()
}

async function fetchPacked(url) {
  const buffer = await (await answerOf(url)).arrayBuffer()
  const length = new DataView(buffer).getUint32(0, true)
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)))
  return { header, buffer, start: 4 + Math.ceil(length / 4) * 4 }
}

async function answerOf(url) {
  let response
  try {
    response = await fetch(url, { credentials: "same-origin" })
  } catch {
    throw new Error("The server does not answer: it was stopped, or the connection to it is lost.")
  }
  if (response.ok) return response
  if (response.status === 403) throw new Error("The viewer was restarted. Reload this page.")
  const { message } = await response.json().catch(() => ({ message: "the map cannot be fetched" }))
  throw new Error(`${message.charAt(0).toUpperCase()}${message.slice(1)}.`)
}
