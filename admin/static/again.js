// Looks again while something is being done. Without script the page does so by itself.
if (document.querySelector("[data-again]")) setTimeout(() => location.reload(), 1500);
