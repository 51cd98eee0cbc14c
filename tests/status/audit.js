// Faults of the page that is open in a window of this width, as sentences. A function: a window of a
// phone grows with a page that is too wide, so that it can't be asked.
((width) => {
  const faults = [];
  const shown = (element) => {
    const text = element.textContent.trim().replace(/\s+/g, " ").slice(0, 40);
    const name = element.className ? `${element.tagName}.${element.className}` : element.tagName;
    return `<${name.toLowerCase()}> «${text}»`;
  };
  // What is for screen readers only is cut away on purpose.
  const isUnseen = (element) => {
    for (let one = element; one; one = one.parentElement) {
      if (getComputedStyle(one).clipPath === "inset(50%)") return true;
    }
    return false;
  };
  for (const details of document.querySelectorAll("details")) details.open = true;

  const everything = [...document.body.querySelectorAll("*")].filter(
    (element) => !["STYLE", "SCRIPT", "BR"].includes(element.tagName) && !isUnseen(element),
  );

  // Whoever sticks out: the innermost ones only.
  const out = everything.filter((element) => {
    const box = element.getBoundingClientRect();
    return box.width > 0 && (box.left < -0.5 || box.right > width + 0.5);
  });
  for (const element of out) {
    if (!out.some((other) => other !== element && element.contains(other))) {
      faults.push(`${shown(element)} sticks out of ${width} px`);
    }
  }
  if (out.length === 0 && document.documentElement.scrollWidth > width) {
    faults.push(`the page sticks out: ${document.documentElement.scrollWidth} of ${width} px`);
  }

  // What should say something.
  const speaking = "h1,h2,h3,p,td,th,li,dt,dd,code,blockquote,summary,caption,.tag";
  for (const element of everything.filter((element) => element.matches(speaking))) {
    if (element.textContent.trim() === "" && !element.querySelector("img,svg")) {
      faults.push(`${shown(element)} is empty`);
    }
  }
  const machine = /\b(NaN|undefined|null|None|Some\()|\{\{|\}\}|\{%/;
  for (const element of everything.filter((element) => element.children.length === 0)) {
    if (machine.test(element.textContent)) faults.push(`${shown(element)} is no text for people`);
  }

  // WCAG 2.2: relative luminance, contrast ratio.
  const colour = (text) => {
    const numbers = text.match(/[\d.]+/g).map(Number);
    return { rgb: numbers.slice(0, 3), alpha: numbers.length > 3 ? numbers[3] : 1 };
  };
  const over = (top, bottom) =>
    top.rgb.map((channel, n) => channel * top.alpha + bottom[n] * (1 - top.alpha));
  const behind = (element) => {
    const layers = [];
    for (let one = element; one; one = one.parentElement) {
      layers.unshift(colour(getComputedStyle(one).backgroundColor));
    }
    return layers.reduce((paper, layer) => over(layer, paper), [255, 255, 255]);
  };
  const luminance = (rgb) => {
    const [r, g, b] = rgb.map((channel) => {
      const part = channel / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const check = (element, style, words) => {
    const paper = behind(element);
    const ink = over(colour(style.color), paper);
    const [dark, light] = [luminance(paper), luminance(ink)].sort((a, b) => a - b);
    const ratio = (light + 0.05) / (dark + 0.05);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    if (ratio < (large ? 3 : 4.5)) {
      faults.push(`${shown(element)} ${words} has contrast ${ratio.toFixed(2)}`);
    }
  };
  for (const element of everything) {
    const speaks = [...element.childNodes].some(
      (node) => node.nodeType === Node.TEXT_NODE && node.textContent.trim() !== "",
    );
    if (speaks) check(element, getComputedStyle(element), "");
    for (const part of ["::before", "::after"]) {
      const style = getComputedStyle(element, part);
      const drawn = !["none", "normal", '""', ""].includes(style.content);
      // A sign on a shape of its own colour is judged against that shape.
      if (drawn && colour(style.backgroundColor).alpha === 0) check(element, style, part);
    }
  }
  return faults;
})
