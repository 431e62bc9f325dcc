// Tables are sorted by a click on a column's title: numbers by size, empty cells last, words by alphabet.
for (const table of document.querySelectorAll("table")) {
  const body = table.tBodies[0];
  [...table.tHead.rows[0].cells].forEach((title, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...title.childNodes);
    title.append(button);
    title.setAttribute("aria-sort", "none");
    button.addEventListener("click", () => {
      const numeric = title.classList.contains("number");
      const down = title.getAttribute("aria-sort") === (numeric ? "none" : "ascending");
      for (const other of title.parentNode.cells) other.setAttribute("aria-sort", "none");
      title.setAttribute("aria-sort", down ? "descending" : "ascending");
      const value = (row) => {
        const text = row.cells[column].textContent.trim();
        return numeric ? parseFloat(text.replace(/[<,+]/g, "")) : text;
      };
      const order = (one, other) => {
        const [a, b] = [value(one), value(other)];
        if (numeric && (isNaN(a) || isNaN(b))) return isNaN(a) - isNaN(b);
        return (down ? -1 : 1) * (numeric ? a - b : a.localeCompare(b));
      };
      body.append(...[...body.rows].sort(order));
    });
  });
}
// Text and error bars of figures take the text colour of the page, light or dark.
const dark = matchMedia("(prefers-color-scheme: dark)");
const recolour = () => {
  const colour = getComputedStyle(document.documentElement).color;
  for (const figure of document.querySelectorAll(".js-plotly-plot")) {
    Plotly.relayout(figure, { "font.color": colour });
    const bars = figure.data.flatMap((trace, number) => (trace.error_y ? [number] : []));
    if (bars.length) Plotly.restyle(figure, { "error_y.color": colour }, bars);
  }
};
dark.addEventListener("change", recolour);
addEventListener("load", recolour);
