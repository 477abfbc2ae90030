// Links to files that were made for this person: each can be fetched once.
import { element, rootOf } from "./elements.js"

export default function mountDownloads({ data, parentElement }) {
  const root = rootOf(parentElement, "downloads")
  root.replaceChildren(...data.files.map(fileLink))
  return () => root.replaceChildren()
}

function fileLink({ name, url }) {
  const link = element("a", { class: "file", href: url, download: name }, `Download ${name}`)
  link.addEventListener("click", () => {
    link.classList.add("taken")
    link.setAttribute("title", "Fetched. Make the file again to fetch it once more")
  })
  return link
}
