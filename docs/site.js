// Opens the guide in the navigation, where the reader has not closed it; the reference stays as it is.

const navigation = document.getElementById('tsd-nav-container');

function openGuide() {
  for (const category of navigation.querySelectorAll(':scope > li > details')) {
    const { key } = category.querySelector('summary').dataset;
    // Where TypeDoc remembers what was opened and closed.
    if (key !== 'API' && localStorage.getItem(`tsd-accordion-${key}`) === null) category.open = true;
  }
}

// It is built by another script, before or after this one runs.
new MutationObserver(openGuide).observe(navigation, { childList: true });
openGuide();
