"use strict";
document.querySelectorAll("table").forEach(function (table) {
  var body = table.tBodies[0], heads = Array.from(table.tHead.rows[0].cells);
  var first = Array.from(body.rows);
  if (first.length < 2) return;
  function key(row, place, number) {
    var text = row.cells[place].textContent.trim();
    if (!number) return text;
    var value = parseFloat(text.replace(/\u2212/g, "-").replace(/[^0-9.eE+-]/g, ""));
    return isNaN(value) ? null : value;
  }
  function sort(head, place) {
    var number = head.classList.contains("number");
    var was = head.getAttribute("aria-sort");
    var way = was === (number ? "descending" : "ascending") ? (number ? 1 : -1) : (number ? -1 : 1);
    heads.forEach(function (each) { each.removeAttribute("aria-sort"); });
    head.setAttribute("aria-sort", way > 0 ? "ascending" : "descending");
    var order = new Intl.Collator(document.documentElement.lang, { numeric: true });
    first.slice().sort(function (one, other) {
      var a = key(one, place, number), b = key(other, place, number);
      if (a === null || b === null) return (a === null) - (b === null);
      return way * (number ? a - b : order.compare(a, b));
    }).forEach(function (row) { body.appendChild(row); });
  }
  heads.forEach(function (head, place) {
    var button = document.createElement("button");
    button.type = "button";
    while (head.firstChild) button.appendChild(head.firstChild);
    head.appendChild(button);
    button.addEventListener("click", function () { sort(head, place); });
  });
});
