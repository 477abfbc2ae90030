// Fetches a map's points and their groups from the viewer's own routes. Wire format: radseek_viewer/map_wire.py; little-endian numbers.
import { fetchBytes, fetchJson, unpacked } from "./own_routes.js"

const MISSING = "The map cannot be fetched."

export async function fetchPoints(url) {
  const { header, buffer, start } = unpacked(await fetchBytes(`${url}/points`, MISSING))
  const codes = new Uint16Array(buffer, start, 2 * header.n)
  const share = (code) => code / 65535
  return { n: header.n, x: Float32Array.from(codes.subarray(0, header.n), share), y: Float32Array.from(codes.subarray(header.n), share) }
}

// Promises { scale, legend: [{ code, label, count }], codes: a group for each point }.
export async function fetchGroups(url) {
  const { header, buffer, start } = unpacked(await fetchBytes(url, MISSING))
  return { ...header, codes: new Uint8Array(buffer, start) }
}

export const fetchCard = (url, row) => fetchJson(`${url}/studies/${row}`, "The study cannot be fetched.")
