// Sets the theme before the first paint. A classic script of its own, since the content policy allows none inline.
;(function () {
  var chosen = null
  try {
    chosen = localStorage.getItem('tertulia.theme')
  } catch {
    chosen = null // storage is off: the system decides
  }
  var dark = chosen === 'dark' || (chosen !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches)
  document.documentElement.dataset.theme = dark ? 'dark' : 'light'
  var bar = document.querySelector('meta[name="theme-color"]')
  if (bar) bar.setAttribute('content', dark ? '#1b1815' : '#faf6ef')
})()
