// Balanced flows through the park.
const most = (text, n) => (text.length > n ? `${text.slice(0, n - 1)}…` : text);

export const option = (d, look, place) => {
  const labels = new Map(d.nodes.map((n) => [n.name, n.label ?? n.name]));
  const totals = new Map();
  for (const l of d.links) { totals.set(l.source, (totals.get(l.source) ?? 0) + l.value); totals.set(l.target, (totals.get(l.target) ?? 0) + l.value); }
  const say = (v) => v.toLocaleString("en", { maximumFractionDigits: v < 100 ? 1 : 0 });
  const narrow = place.clientWidth < 720;
  return {
    tooltip: { formatter: (p) => (p.dataType === "edge" ? `${labels.get(p.data.source)} → ${labels.get(p.data.target)}\n${say(p.data.value)} ${d.unit}` : `${labels.get(p.name)}\n${say(p.value)} ${d.unit}`) },
    series: [{
      type: "sankey", left: 8, right: narrow ? 150 : 250, top: 8, bottom: 8, nodeGap: 9, nodeWidth: 14, draggable: false, layoutIterations: 0, emphasis: { focus: "adjacency" },
      data: d.nodes.map((n, i) => ({ name: n.name, depth: n.depth, itemStyle: { color: n.depth === 1 ? "#0b6e4f" : look.palette[i % look.palette.length] }, label: n.depth === 1 ? { position: "right" } : {} })),
      links: d.links,
      lineStyle: { color: "gradient", opacity: 0.32, curveness: 0.5 },
      label: { color: look.ink, fontSize: 12, formatter: (p) => `${most(labels.get(p.name), narrow ? 10 : 22)}  ${say(p.value)}` },
    }],
  };
};
