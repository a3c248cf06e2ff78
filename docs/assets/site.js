// A field over each table in .filterable: rows without all of the words are hidden. ?q= fills it, so that a link can.
"use strict";
document.querySelectorAll(".filterable").forEach(function (box, number) {
  var rows = Array.prototype.slice.call(box.querySelectorAll("tbody tr"));
  var heads = Array.prototype.map.call(box.querySelectorAll("thead th"), function (head) { return head.textContent; });
  rows.forEach(function (row) {
    Array.prototype.forEach.call(row.cells, function (cell, at) { if (cell.textContent) { cell.dataset.head = heads[at]; } });
  });
  var label = document.createElement("label"), field = document.createElement("input"), count = document.createElement("p");
  field.type = "search"; field.id = "filter-" + number; field.autocomplete = "off"; field.spellcheck = false;
  label.htmlFor = field.id; label.textContent = box.dataset.label;
  count.setAttribute("role", "status");
  function filter() {
    var words = field.value.toLowerCase().split(/\s+/).filter(Boolean), left = 0;
    rows.forEach(function (row) {
      var text = row.textContent.toLowerCase();
      row.hidden = !words.every(function (word) { return text.indexOf(word) >= 0; });
      if (!row.hidden) { left += 1; }
    });
    count.textContent = words.length ? left + " of " + rows.length : rows.length + " in all";
  }
  field.addEventListener("input", filter);
  field.addEventListener("keydown", function (event) { if (event.key === "Escape") { field.value = ""; filter(); } });
  box.insertBefore(count, box.firstChild); box.insertBefore(field, count); box.insertBefore(label, field);
  field.value = new URLSearchParams(location.search).get("q") || "";
  filter();
});
// Names for what the theme leaves without one: its search dialog, and the button bar of each block of code; and the
// keyboard for what scrolls sideways.
(function () {
  function name() {
    document.querySelectorAll('[role="dialog"]:not([aria-label])').forEach(function (box) { box.setAttribute("aria-label", "Search"); });
    document.querySelectorAll(".md-code__nav:not([aria-label])").forEach(function (bar) {
      name.bars = (name.bars || 0) + 1;
      bar.setAttribute("aria-label", "Code block " + name.bars);
    });
  }
  function reach() {
    document.querySelectorAll(".md-typeset__scrollwrap:not([tabindex])").forEach(function (box) { box.tabIndex = 0; });
  }
  name(); reach();
  new MutationObserver(function () { name(); reach(); }).observe(document.body, {childList: true, subtree: true});
})();
