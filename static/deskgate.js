/* Ticking times, and the calm behavior of live fragments. All times are counted against the server's clock: the page
   says what time it was made (`<html data-now>`), and every answer to a fragment says it again (X-Deskgate-Now). */
(function () {
  "use strict";

  var root = document.documentElement;
  var offset = 0; // server's clock minus this machine's, in milliseconds

  function adopt(text) {
    var at = Date.parse(text || "");
    if (!isNaN(at)) offset = at - Date.now();
  }

  function two(number) {
    return (number < 10 ? "0" : "") + number;
  }

  // The same words as `duration_words` on the server, so that nothing jumps when the script takes over.
  function words(seconds) {
    var minutes = Math.floor(seconds / 60), hours = Math.floor(minutes / 60), days = Math.floor(hours / 24);
    if (days >= 2) return days + " d " + (hours % 24) + " h";
    if (hours >= 1) return hours + " h " + two(minutes % 60) + " min";
    return minutes >= 1 ? minutes + " min " + two(seconds % 60) + " s" : seconds + " s";
  }

  function ahead(seconds) {
    return seconds > 0 ? "in " + words(seconds) : "due now";
  }

  function ago(seconds) {
    if (seconds < 5) return "just now";
    if (seconds < 60) return seconds + " s ago";
    if (seconds < 3600) return Math.floor(seconds / 60) + " min ago";
    return seconds < 172800 ? Math.floor(seconds / 3600) + " h ago" : Math.floor(seconds / 86400) + " d ago";
  }

  function each(selector, tell) {
    document.querySelectorAll(selector).forEach(function (element) {
      var text = tell(element);
      if (element.textContent !== text) element.textContent = text;
    });
  }

  function tick() {
    var now = Date.now() + offset;
    each("[data-countdown]", function (element) {
      return ahead(Math.ceil((Date.parse(element.dateTime) - now) / 1000));
    });
    each("[data-ago]", function (element) {
      return ago(Math.max(0, Math.floor((now - Date.parse(element.dateTime)) / 1000)));
    });
    each("[data-clock]", function () {
      return new Date(now).toISOString().slice(11, 19) + " UTC";
    });
  }

  function setOffline(is) {
    root.classList.toggle("offline", is);
  }

  adopt(root.dataset.now);
  tick();
  window.setInterval(tick, 1000);

  // A hidden page asks nothing; it catches up as soon as it is looked at.
  document.addEventListener("htmx:beforeRequest", function (event) {
    if (document.hidden && event.target.matches("[data-live]")) event.preventDefault();
  });
  document.addEventListener("htmx:afterRequest", function (event) {
    var answer = event.detail.xhr;
    if (!answer || !event.target.matches("[data-live]")) return;
    setOffline(!event.detail.successful);
    adopt(answer.getResponseHeader("X-Deskgate-Now"));
  });
  document.addEventListener("htmx:sendError", function () { setOffline(true); });

  // What was not on the page before lights up once, so that a change is seen without being searched for.
  document.addEventListener("htmx:beforeSwap", function (event) {
    if (!event.target.matches("[data-live]")) return;
    var known = {};
    event.target.querySelectorAll("[data-row]").forEach(function (row) { known[row.dataset.row] = true; });
    event.target.ownerDocument.deskgateRows = known;
  });
  document.addEventListener("htmx:afterSettle", function () {
    var known = document.deskgateRows;
    if (known) {
      document.querySelectorAll("[data-live] [data-row]").forEach(function (row) {
        if (!known[row.dataset.row]) row.classList.add("fresh");
      });
      document.deskgateRows = null;
    }
    tick();
  });

  // What is to be pasted elsewhere can be copied by a button, which is of no use without this script.
  document.querySelectorAll("[data-copy]").forEach(function (button) { button.hidden = false; });
  document.addEventListener("click", function (event) {
    var button = event.target.closest("[data-copy]");
    if (!button) return;
    var text = button.parentElement.querySelector("pre");
    window.getSelection().selectAllChildren(text);
    // The new way is there over https and on this machine only; the old one copies what is selected.
    if (navigator.clipboard) navigator.clipboard.writeText(text.textContent).then(said, function () { said(false); });
    else said(document.execCommand("copy"));
    function said(done) {
      button.textContent = done === false ? "Press Ctrl-C" : "Copied";
      window.setTimeout(function () { button.textContent = "Copy"; }, 2000);
    }
  });

  // Asking once more before something that cannot be taken back, and sending nothing twice.
  document.addEventListener("submit", function (event) {
    var form = event.target;
    var refused = form.dataset.ask && !window.confirm(form.dataset.ask);
    if (refused || (form.dataset.once === "sent")) event.preventDefault();
    else if ("once" in form.dataset) form.dataset.once = "sent";
  });
  window.addEventListener("pageshow", function () {
    document.querySelectorAll("[data-once]").forEach(function (form) { form.dataset.once = ""; });
  });
})();
