// Links to files that were made for this person: each can be fetched once.
import { element } from "./elements.js"
import { drawnIn } from "./mounting.js"

export default function mountDownloads({ data, parentElement }) {
  return drawnIn(parentElement, "downloads", (root) => root.replaceChildren(...data.files.map(fileLink)))
}

function fileLink({ name, url }) {
  const link = element("a", { class: "file", href: url, download: name }, `Download ${name}`)
  link.addEventListener("click", () => {
    link.classList.add("taken")
    link.setAttribute("title", "Fetched. Make the file again to fetch it once more")
  })
  return link
}
