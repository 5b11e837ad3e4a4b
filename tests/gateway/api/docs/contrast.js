() => {
  // Text whose contrast with its ground is under 4.5:1 (WCAG 2.2, AA), as "ratio: text".
  for (const each of document.querySelectorAll('.model, .operation')) {
    each.style.contentVisibility = 'visible';
  }
  const numbers = (colour) => colour.match(/[\d.]+/g).map(Number);
  const light = ([red, green, blue]) => {
    const [r, g, b] = [red, green, blue].map((value) => {
      const part = value / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const groundOf = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = numbers(getComputedStyle(at).backgroundColor);
      if (colour.length < 4 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
  };
  const seen = new Map();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode.textContent.trim();
    const element = walker.currentNode.parentElement;
    if (!text || !element.checkVisibility()) continue;
    const [ink, ground] = [numbers(getComputedStyle(element).color), groundOf(element)];
    const key = `${ink} on ${ground}`;
    if (seen.has(key)) continue;
    const [one, other] = [light(ink), light(ground)];
    const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    seen.set(key, ratio < 4.5 ? `${ratio.toFixed(2)}: ${text.slice(0, 40)} (${key})` : '');
  }
  return [...seen.values()].filter(Boolean);
}
