// Before the first paint: what the reader chose last time, and that scripts run at all.
document.documentElement.classList.add('scripted');
try {
  const theme = localStorage.getItem('miavo-theme');
  if (theme === 'dark' || theme === 'light') document.documentElement.dataset.theme = theme;
} catch {
  // Storage may be forbidden; the system's own preference holds then.
}
