// A field over each table in .filterable: rows without all of the words are hidden. ?q= fills it, so that a link can.
"use strict";
document.querySelectorAll(".filterable").forEach(function (box, number) {
  var rows = Array.prototype.slice.call(box.querySelectorAll("tbody tr"));
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
// What scrolls sideways can be reached with the keyboard.
document.querySelectorAll(".md-typeset__scrollwrap, .md-typeset pre > code").forEach(function (box) {
  if (box.scrollWidth > box.clientWidth) { box.tabIndex = 0; }
});
