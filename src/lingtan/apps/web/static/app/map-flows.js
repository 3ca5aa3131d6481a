// Live power along the lines of the map: as wide as it is strong, towards the station or from it; still where motion is not wanted.
document.addEventListener("lingtan:live", ({ detail: said }) => {
  if (said.none) return;
  const most = Math.max(1, ...said.flows.map((f) => Math.abs(f.kw)));
  for (const line of document.querySelectorAll(".park-map .flow")) {
    const mine = said.flows.filter((f) => f.group === line.dataset.group);
    const net = mine.reduce((s, f) => s + (f.into ? f.kw : -f.kw), 0);
    const step = Math.abs(net) < 1 ? 0 : Math.max(1, Math.round((Math.abs(net) / most) * 6));
    line.setAttribute("class", `flow g-${line.dataset.group} f${step} ${net < 0 ? "out" : "into"}`);
  }
});
