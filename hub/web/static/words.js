/** What this page's scripts may say, in the visitor's language: `hub/web/pages/live_words.py` writes it. */
export const words = JSON.parse(document.getElementById("words").textContent);
