// What the pages do beyond reading: find, copy, remember. Without it everything else works.
'use strict';

const kept = {
  get(name) {
    try {
      return localStorage.getItem(name);
    } catch {
      return null;
    }
  },
  set(name, value) {
    try {
      localStorage.setItem(name, value);
    } catch {
      // Storage may be forbidden; the choice then lasts as long as the page.
    }
  },
};

function switchTheme() {
  const root = document.documentElement;
  const systemIsDark = matchMedia('(prefers-color-scheme: dark)').matches;
  const now = root.dataset.theme ?? (systemIsDark ? 'dark' : 'light');
  root.dataset.theme = now === 'dark' ? 'light' : 'dark';
  kept.set('miavo-theme', root.dataset.theme);
}

// Copying ------------------------------------------------------------------------------------

async function write(text) {
  if (navigator.clipboard && window.isSecureContext) {
    await navigator.clipboard.writeText(text);
    return;
  }
  // A page from plain HTTP on another machine may not use the clipboard's interface.
  const area = document.createElement('textarea');
  area.value = text;
  area.className = 'unseen';
  document.body.append(area);
  area.select();
  const done = document.execCommand('copy');
  area.remove();
  if (!done) throw new Error('refused');
}

async function copy(button) {
  const text = button.dataset.copy ?? button.closest('figure').querySelector('pre').textContent;
  let said = 'Copied';
  try {
    await write(text);
  } catch {
    said = 'Select it by hand';
  }
  const label = button.dataset.label ?? button.textContent;
  button.dataset.label = label;
  button.textContent = said;
  button.classList.toggle('done', said === 'Copied');
  clearTimeout(Number(button.dataset.timer));
  button.dataset.timer = setTimeout(() => {
    button.textContent = label;
    button.classList.remove('done');
  }, 1600);
}

// Languages ----------------------------------------------------------------------------------

function rememberLanguage() {
  const chosen = kept.get('miavo-language');
  const radio = chosen && document.getElementById(`_show-${chosen}`);
  if (radio) radio.checked = true;
  for (const each of document.querySelectorAll('input[name="language"]')) {
    each.addEventListener('change', () => kept.set('miavo-language', each.value));
  }
}

/** Keeps what was clicked where it is, while every example on the page changes its height. */
function chooseLanguage(label) {
  const group = label.closest('.programs');
  const before = group.getBoundingClientRect().top;
  const radio = document.getElementById(label.htmlFor);
  radio.checked = true;
  kept.set('miavo-language', radio.value);
  scrollBy({ top: group.getBoundingClientRect().top - before, behavior: 'instant' });
}

// Finding ------------------------------------------------------------------------------------

const MOST = 40;

function whatThereIs() {
  const chapters = [...document.querySelectorAll('.chapter')].map((section) => ({
    href: `#${section.id}`,
    name: section.querySelector('h2').textContent.trim(),
    slug: '',
    kind: 'guide',
    price: '',
    words: section.textContent.toLowerCase(),
  }));
  const models = [...document.querySelectorAll('.model')].map((article) => ({
    href: `#${article.id}`,
    name: article.querySelector('h3 a').textContent.trim(),
    slug: article.id,
    kind: [article.dataset.state, article.dataset.kind].filter(Boolean).join(' · '),
    gone: article.dataset.state === 'retired',
    price: article.dataset.price,
    words: `${article.dataset.search} ${article.querySelector('.summary').textContent}`.toLowerCase(),
  }));
  return [...models, ...chapters];
}

/** How well an entry answers the words typed: less is better, Infinity is not at all. */
function distance(entry, words) {
  let sum = entry.gone ? 0.5 : 0;
  for (const word of words) {
    const slug = entry.slug.toLowerCase();
    const name = entry.name.toLowerCase();
    if (slug === word) sum += 0;
    else if (slug.startsWith(word) || name.startsWith(word)) sum += 1;
    else if (slug.includes(word) || name.includes(word)) sum += 2;
    else if (entry.words.includes(word)) sum += entry.slug ? 4 : 6;
    else return Infinity;
  }
  return sum;
}

function beginSearch(input) {
  const list = document.getElementById('_found');
  const count = document.getElementById('_found-count');
  let entries;
  let at = -1;

  const options = () => [...list.querySelectorAll('[role="option"]')];

  function close() {
    list.hidden = true;
    at = -1;
    input.setAttribute('aria-expanded', 'false');
    input.removeAttribute('aria-activedescendant');
  }

  function point(to) {
    const all = options();
    if (!all.length) return;
    at = (to + all.length) % all.length;
    all.forEach((each, number) => each.setAttribute('aria-selected', String(number === at)));
    input.setAttribute('aria-activedescendant', all[at].id);
    all[at].scrollIntoView({ block: 'nearest' });
  }

  function row(entry, number) {
    const link = document.createElement('a');
    link.href = entry.href;
    link.id = `_found-${number}`;
    link.tabIndex = -1;
    link.setAttribute('role', 'option');
    for (const [name, text] of [
      ['name', entry.name],
      ['by', entry.slug],
      ['kind', entry.kind],
      ['price', entry.price],
    ]) {
      const part = document.createElement('span');
      part.className = name;
      part.textContent = text;
      link.append(part);
    }
    return link;
  }

  function show() {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    if (!words.length) {
      count.textContent = '';
      close();
      return;
    }
    entries ??= whatThereIs();
    const found = entries
      .map((entry) => [distance(entry, words), entry])
      .filter(([far]) => far < Infinity)
      .sort(([one], [other]) => one - other)
      .map(([, entry]) => entry);
    list.replaceChildren(...found.slice(0, MOST).map(row));
    if (!found.length) {
      const nothing = document.createElement('p');
      nothing.textContent = 'Nothing has these words.';
      list.append(nothing);
    }
    count.textContent = `${found.length} found`;
    list.hidden = false;
    input.setAttribute('aria-expanded', 'true');
    point(0);
  }

  input.addEventListener('input', show);
  input.addEventListener('focus', show);
  input.addEventListener('keydown', (event) => {
    if (event.key === 'ArrowDown') point(at + 1);
    else if (event.key === 'ArrowUp') point(at - 1);
    else if (event.key === 'Escape') {
      if (list.hidden) input.blur();
      close();
    } else return;
    event.preventDefault();
  });
  input.form.addEventListener('submit', (event) => {
    event.preventDefault();
    options()[Math.max(at, 0)]?.click();
  });
  list.addEventListener('click', (event) => {
    if (!event.target.closest('a')) return;
    close();
    input.blur();
  });
  document.addEventListener('click', (event) => {
    if (!event.target.closest('.search')) close();
  });
  document.addEventListener('keydown', (event) => {
    const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement?.tagName ?? '');
    const meant = event.key === '/' && !typing;
    const known = event.key.toLowerCase() === 'k' && (event.metaKey || event.ctrlKey);
    if (!meant && !known) return;
    event.preventDefault();
    input.focus();
    input.select();
  });
}

// Where one is -------------------------------------------------------------------------------

function followReading() {
  const links = new Map(
    [...document.querySelectorAll('#_contents a[href^="#"]')].map((link) => [
      decodeURIComponent(link.hash.slice(1)),
      link,
    ]),
  );
  let current;
  let opened;
  const watcher = new IntersectionObserver(
    (seen) => {
      for (const each of seen) {
        const link = links.get(each.target.id);
        if (!each.isIntersecting || !link || link === current) continue;
        current?.removeAttribute('aria-current');
        current = link;
        link.setAttribute('aria-current', 'true');
        const group = link.closest('details');
        // A group that was opened here closes when it is left; one that the reader opened stays.
        if (opened && opened !== group) opened.open = false;
        if (opened !== group) opened = undefined;
        if (group && !group.open) {
          group.open = true;
          opened = group;
        }
        const nav = document.getElementById('_contents');
        const top = link.offsetTop - nav.clientHeight / 2;
        if (nav.matches(':not(:popover-open)')) nav.scrollTo({ top });
      }
    },
    { rootMargin: '-15% 0px -75% 0px' },
  );
  for (const each of document.querySelectorAll('.chapter, .model, .glance')) watcher.observe(each);
}

document.querySelector('.theme')?.addEventListener('click', switchTheme);
rememberLanguage();
followReading();
const search = document.getElementById('_search');
if (search) beginSearch(search);
document.addEventListener('click', (event) => {
  const button = event.target.closest('button.copy');
  if (button) copy(button);
  const label = event.target.closest('.choices label');
  if (label) {
    event.preventDefault();
    chooseLanguage(label);
  }
  if (event.target.closest('#_contents a')) {
    const nav = document.getElementById('_contents');
    if (nav.matches(':popover-open')) nav.hidePopover();
  }
});
