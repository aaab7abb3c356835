// Puts Crucible's page into the tab "Crucible" of Locust's UI, and offers it before a test starts,
// when Locust shows no tabs. Locust renders nothing in that tab itself.
(() => {
  const TAB = "Crucible";
  const frame = document.createElement("iframe");
  frame.id = "crucible-frame";
  frame.title = TAB;
  frame.style.cssText = "border:0;width:100%;display:block;min-height:75vh";

  const link = document.createElement("a");
  link.id = "crucible-link";
  link.textContent = "Crucible: nodes, links, faults";
  link.href = "./crucible/";
  link.target = "_blank";
  link.style.cssText =
    "position:fixed;right:16px;bottom:16px;padding:8px 14px;border-radius:6px;z-index:10;" +
    "background:#b4461a;color:#fff;font:14px system-ui,sans-serif;text-decoration:none";

  function selectedTab() {
    return document.querySelector('[role="tab"][aria-selected="true"]');
  }

  function place() {
    const tab = selectedTab();
    const ours = tab && tab.textContent.trim() === TAB;
    if (ours) {
      // Below the row of tabs, inside what Locust replaces when another state is shown.
      const row = tab.closest(".MuiTabs-root").parentElement;
      if (frame.parentElement !== row.parentElement) {
        frame.src = "./crucible/?embedded";
        row.parentElement.append(frame);
      }
    } else if (frame.isConnected) {
      frame.remove();
    }
    if (!tab && !link.isConnected) document.body.append(link);
    if (tab && link.isConnected) link.remove();
  }

  new MutationObserver(place).observe(document.getElementById("root"), {
    attributes: true,
    attributeFilter: ["aria-selected"],
    childList: true,
    subtree: true,
  });
  window.addEventListener("message", (event) => {
    if (event.source === frame.contentWindow && event.data.crucibleHeight) {
      frame.style.height = `${event.data.crucibleHeight}px`;
    }
  });
  place();
})();
