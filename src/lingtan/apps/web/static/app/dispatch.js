// A click on a bar of the plan tells its reason below; without script the link leads to its line in the table.
const place = document.getElementById("why");

document.addEventListener("click", async (event) => {
  const bar = event.target.closest("a[data-why]");
  if (!bar || !place || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  document.querySelectorAll("a.bar.on").forEach((b) => b.classList.remove("on"));
  bar.classList.add("on");
  place.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(bar.dataset.why, { headers: { "HX-Request": "true" } });
    if (answer.status === 401) { location.href = "/sign-in"; return; }
    place.innerHTML = await answer.text();
    window.htmx?.process(place);
  } finally {
    place.removeAttribute("aria-busy");
  }
  place.scrollIntoView({ block: "nearest", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
});
