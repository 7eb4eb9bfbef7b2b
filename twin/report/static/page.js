"use strict";
(() => {
  const root = document.documentElement;
  root.classList.add("js");
  const data = JSON.parse(document.getElementById("map-data")?.textContent || "null");

  // switches that show one panel of several
  for (const group of document.querySelectorAll("fieldset[data-panels]")) {
    const show = () => {
      const chosen = group.querySelector("input:checked").value;
      for (const panel of document.querySelectorAll(`[data-panel-of="${group.dataset.panels}"]`))
        panel.classList.toggle("is-on", panel.dataset.panel === chosen);
    };
    group.addEventListener("change", show);
    show();
  }
  const closed = () => [...document.querySelectorAll("details:not([open])")];
  addEventListener("beforeprint", () => closed().forEach((part) => { part.open = true; part.dataset.shut = ""; }));
  addEventListener("afterprint", () => document.querySelectorAll("details[data-shut]").forEach((part) => {
    part.open = false;
    delete part.dataset.shut;
  }));

  const canvas = document.getElementById("map");
  if (!canvas || !data) return;
  const pen = canvas.getContext("2d");
  const tip = document.getElementById("tip");
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const colour = (name) => getComputedStyle(root).getPropertyValue(`--${name}`).trim();

  // paths are made once, in metres with north up
  const outline = (steps, from, path) => {
    let x = steps[from], y = steps[from + 1];
    path.moveTo(x, -y);
    for (let i = from + 2; i < steps.length; i += 2) path.lineTo((x += steps[i]), -(y += steps[i + 1]));
  };
  const streets = [0, 1, 2, 3].map(() => new Path2D());
  for (const street of data.streets) outline(street, 1, streets[street[0]]);
  const wards = new Path2D();
  for (const ward of data.wards) for (const ring of ward.rings) outline(ring, 0, wards);

  // blue - grey - orange reads for every kind of colour blindness (after Moreland 2009 and ColorBrewer PuOr)
  const STOPS = {
    light: [[5, 48, 107], [23, 101, 171], [92, 163, 214], [227, 229, 229], [244, 165, 82], [204, 94, 12], [122, 44, 2]],
    dark: [[190, 226, 255], [104, 178, 240], [44, 108, 168], [54, 60, 66], [158, 92, 28], [238, 146, 52], [255, 212, 150]],
  };
  // colour by the square root: a few cells next to the change would leave all others grey
  const shade = (seconds) => ramp(Math.sign(seconds) * Math.sqrt(Math.abs(seconds) / top));
  const ramp = (t) => {
    const stops = STOPS[dark.matches && !printing ? "dark" : "light"];
    const place = Math.min(Math.max((t + 1) / 2, 0), 1) * (stops.length - 1);
    const low = Math.min(Math.floor(place), stops.length - 2), part = place - low;
    return `rgb(${stops[low].map((c, i) => Math.round(c + part * (stops[low + 1][i] - c))).join(" ")})`;
  };
  let printing = false, scenario = null, top = 1;
  const view = { x: 0, y: 0, scale: 1 };
  const say = (seconds) => {
    const size = Math.abs(seconds);
    return size >= 90 ? `${(size / 60).toFixed(1)} min` : `${size.toFixed(size >= 10 ? 0 : 1)} s`;
  };

  const box = () => {
    // frame the homes, not the last motorway on the map
    const xs = data.cells.map((c) => c[0]), ys = data.cells.map((c) => c[1]), m = data.cell_m;
    if (!xs.length) return [0, 0, data.size[0], data.size[1]];
    const pad = 2 * m;
    return [Math.min(...xs) - pad, Math.min(...ys) - pad, Math.max(...xs) + m + pad, Math.max(...ys) + m + pad];
  };
  const fit = () => {
    const [x0, y0, x1, y1] = box(), w = canvas.clientWidth, h = canvas.clientHeight;
    view.scale = Math.min(w / (x1 - x0), h / (y1 - y0));
    view.x = w / 2 - (view.scale * (x0 + x1)) / 2;
    view.y = h / 2 + (view.scale * (y0 + y1)) / 2;
  };
  const places = () => {
    const changed = data.planned[scenario] || [];
    const isChanged = (p) => changed.some((q) => q.x === p.x && q.y === p.y && q.service === p.service);
    return [...data.facilities.filter((p) => !isChanged(p)), ...changed];
  };
  const draw = () => {
    const ratio = devicePixelRatio || 1, w = canvas.clientWidth, h = canvas.clientHeight;
    canvas.width = w * ratio;
    canvas.height = h * ratio;
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.fillStyle = colour("land");
    pen.fillRect(0, 0, w, h);
    pen.translate(view.x, view.y);
    pen.scale(view.scale, view.scale);
    const px = 1 / view.scale, values = data.values[scenario], m = data.cell_m, gap = Math.min(px, m * 0.06);
    pen.lineJoin = pen.lineCap = "round";
    pen.strokeStyle = colour("street");
    streets.forEach((path, rank) => {
      pen.lineWidth = Math.max([0.5, 0.8, 1.4, 2][rank] * px, [1, 2, 4, 6][rank] * 0.6);
      pen.stroke(path);
    });
    pen.strokeStyle = colour("cell");
    pen.lineWidth = 0.6 * px;
    data.cells.forEach(([x, y], i) => {
      pen.fillStyle = shade(values.mean_s[i]);
      pen.fillRect(x + gap / 2, -(y + m) + gap / 2, m - gap, m - gap);
      if (values.mean_s[i] === 0) pen.strokeRect(x + gap, -(y + m) + gap, m - 2 * gap, m - 2 * gap);
    });
    pen.strokeStyle = colour("ward");
    pen.lineWidth = 1.2 * px;
    pen.setLineDash([5 * px, 4 * px]);
    pen.stroke(wards);
    pen.setLineDash([]);
    for (const place of places()) {
      const size = 6.5 * px;
      pen.beginPath();
      if (place.planned) {
        pen.moveTo(place.x, -place.y - 1.4 * size);
        pen.lineTo(place.x + 1.4 * size, -place.y);
        pen.lineTo(place.x, -place.y + 1.4 * size);
        pen.lineTo(place.x - 1.4 * size, -place.y);
        pen.closePath();
      } else pen.arc(place.x, -place.y, size, 0, 7);
      pen.fillStyle = place.planned ? colour("place") : colour("card");
      pen.fill();
      pen.lineCap = "butt"; // round ends would close the gaps of an assumed facility's ring
      if (place.planned || place.assumed) {
        pen.lineWidth = 3.4 * px;
        pen.strokeStyle = colour("card");
        pen.stroke();
      }
      pen.lineWidth = 2.2 * px;
      pen.strokeStyle = colour("place");
      if (place.assumed) pen.setLineDash([4.1 * px, 2.7 * px]);
      if (!place.planned || place.assumed) pen.stroke();
      pen.setLineDash([]);
    }
    label();
    scalebar(w, h);
  };
  const label = () => {
    // names of what the scenario changes; the others tell theirs on hover
    const ratio = devicePixelRatio || 1;
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.font = "600 12px system-ui, sans-serif";
    pen.lineWidth = 3;
    pen.strokeStyle = colour("card");
    pen.fillStyle = colour("place");
    for (const place of data.planned[scenario] || []) {
      const at = view.x + place.x * view.scale, y = view.y - place.y * view.scale + 4;
      const words = place.name.length > 40 ? `${place.name.slice(0, 39)}…` : place.name;
      const width = pen.measureText(words).width, right = at + 13 + width;
      const x = right < canvas.clientWidth ? at + 13 : Math.max(at - 13 - width, 2);
      pen.strokeText(words, x, y);
      pen.fillText(words, x, y);
    }
  };
  const scalebar = (w, h) => {
    const steps = [20, 50, 100, 200, 500, 1000, 2000, 5000, 10000], metres = steps.find((s) => s * view.scale > 70) || 10000;
    pen.setTransform(devicePixelRatio || 1, 0, 0, devicePixelRatio || 1, 0, 0);
    pen.strokeStyle = pen.fillStyle = colour("soft");
    pen.lineWidth = 1.5;
    pen.beginPath();
    pen.moveTo(14, h - 20); pen.lineTo(14, h - 14); pen.lineTo(14 + metres * view.scale, h - 14); pen.lineTo(14 + metres * view.scale, h - 20);
    pen.stroke();
    pen.font = "12px system-ui, sans-serif";
    pen.fillText(metres >= 1000 ? `${metres / 1000} km` : `${metres} m`, 18, h - 20);
  };

  // a scale for each scenario, so that a mild one is not grey beside a strong one; the largest
  // twentieth of the cells is clipped
  const largest = () => {
    const sizes = data.values[scenario].mean_s.map(Math.abs).filter((v) => v > 0).sort((a, b) => a - b);
    return sizes.length ? sizes[Math.floor((sizes.length - 1) * 0.95)] : 0;
  };
  const legend = () => {
    const bar = document.getElementById("ramp"), ink = bar.getContext("2d"), wide = 600;
    const found = largest();
    top = found || 1;
    bar.width = wide;
    bar.height = 28;
    for (let i = 0; i < wide; i += 1) {
      ink.fillStyle = ramp(found ? (i / (wide - 1)) * 2 - 1 : 0);
      ink.fillRect(i, 0, 1, 28);
    }
    const ticks = found ? [`−${say(top)}`, `−${say(top / 4)}`, "0", `+${say(top / 4)}`, `+${say(top)}`] : ["", "", "no change", "", ""];
    ticks.forEach((words, i) => { document.getElementById(`tick-${i}`).textContent = words; });
  };
  const hover = (px, py) => {
    const x = (px - view.x) / view.scale, y = -(py - view.y) / view.scale;
    const near = places().find((p) => Math.hypot(p.x - x, p.y - y) * view.scale < 9);
    const m = data.cell_m, at = data.cells.findIndex(([cx, cy]) => x >= cx && x < cx + m && y >= cy && y < cy + m);
    if (!near && at < 0) { tip.hidden = true; return; }
    if (near) {
      const state = near.assumed ? "assumed: not a real facility" : "";
      tip.textContent = [near.name, near.service.replaceAll("_", " "), state, near.planned].filter(Boolean).join("\n");
    } else {
      const v = data.values[scenario], mean = v.mean_s[at], n = data.cells[at][2];
      const words = mean === 0 ? "no change" : `${say(mean)} ${mean < 0 ? "less" : "more"} burden a resident`;
      tip.textContent = `${words}\n${n.toLocaleString("en")} residents: ${v.gained[at]} gain, ${v.lost[at]} lose`;
    }
    tip.hidden = false;
    tip.style.left = `${Math.min(px + 14, canvas.clientWidth - tip.offsetWidth - 6)}px`;
    tip.style.top = `${Math.max(py - tip.offsetHeight - 10, 6)}px`;
  };
  const zoom = (factor, px = canvas.clientWidth / 2, py = canvas.clientHeight / 2) => {
    const next = Math.min(Math.max(view.scale * factor, 0.002), 8) / view.scale;
    view.x = px - next * (px - view.x);
    view.y = py - next * (py - view.y);
    view.scale *= next;
    draw();
  };
  let grip = null;
  canvas.addEventListener("pointerdown", (e) => {
    grip = [e.offsetX, e.offsetY];
    canvas.setPointerCapture(e.pointerId);
    hover(e.offsetX, e.offsetY); // a finger has no hover: a tap tells the name
  });
  canvas.addEventListener("pointerup", () => { grip = null; });
  canvas.addEventListener("pointermove", (e) => {
    if (grip) {
      view.x += e.offsetX - grip[0];
      view.y += e.offsetY - grip[1];
      grip = [e.offsetX, e.offsetY];
      draw();
    } else hover(e.offsetX, e.offsetY);
  });
  canvas.addEventListener("pointerleave", () => { tip.hidden = true; });
  canvas.addEventListener("wheel", (e) => {
    if (!e.ctrlKey && !e.metaKey) return; // the page scrolls; with Ctrl the map zooms
    e.preventDefault();
    zoom(Math.exp(-e.deltaY / 300), e.offsetX, e.offsetY);
  }, { passive: false });
  canvas.addEventListener("keydown", (e) => {
    const step = { ArrowLeft: [40, 0], ArrowRight: [-40, 0], ArrowUp: [0, 40], ArrowDown: [0, -40] }[e.key];
    if (step) { view.x += step[0]; view.y += step[1]; draw(); }
    else if (e.key === "+" || e.key === "=") zoom(1.4);
    else if (e.key === "-") zoom(1 / 1.4);
    else if (e.key === "0") { fit(); draw(); }
    else return;
    e.preventDefault();
  });
  document.getElementById("zoom-in").addEventListener("click", () => zoom(1.4));
  document.getElementById("zoom-out").addEventListener("click", () => zoom(1 / 1.4));
  document.getElementById("zoom-fit").addEventListener("click", () => { fit(); draw(); });
  const pick = document.getElementById("map-scenario");
  const choose = () => {
    scenario = pick.querySelector("input:checked").value;
    legend();
    draw();
  };
  pick.addEventListener("change", choose);
  const again = () => { legend(); fit(); draw(); };
  dark.addEventListener("change", again);
  addEventListener("resize", again);
  // paper has no switch: the maps of the other scenarios are added as pictures
  const printed = () => {
    const stage = document.querySelector(".stage"), chosen = scenario;
    for (const input of [...pick.querySelectorAll("input")].reverse()) {
      scenario = input.value;
      legend();
      draw();
      const figure = document.createElement("figure"), words = document.createElement("figcaption");
      figure.className = "printed";
      const size = largest();
      words.textContent = `${input.parentElement.textContent.trim()}: ${size ? `colours from −${say(size)} to +${say(size)}` : "no change"}`;
      figure.append(words);
      if (scenario !== chosen) {
        const image = new Image();
        image.src = canvas.toDataURL();
        image.alt = words.textContent;
        figure.append(image);
        stage.after(figure);
      } else stage.before(figure);
    }
    scenario = chosen;
  };
  addEventListener("beforeprint", () => { printing = true; fit(); printed(); again(); });
  addEventListener("afterprint", () => {
    printing = false;
    document.querySelectorAll("figure.printed").forEach((figure) => figure.remove());
    again();
  });
  fit();
  choose();
})();
