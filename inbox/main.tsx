/**
 * inbox/: the reviewer's page. A thin client of the gateway: it shows what the API says, and asks domain/ (pure, the same
 * code as in the workflow) for whatever it works out itself: leaves, marks, digest, fingerprint.
 *
 * - `model/` decides and lays out, as pure functions and tables: tested without a browser. `api/` talks to the gateway, and
 *   nothing else does. `ui/` are parts that know no page, `pages/` what an address shows, `style/` how it looks.
 * - It imports domain/ and the types of gateway/api. Nothing of it is imported by anyone: Vite builds it into dist/inbox,
 *   which the gateway serves under a Content-Security-Policy without `unsafe-inline` and `unsafe-eval`.
 *
 * I1 Whatever comes from outside is a text node: no markup, no link, no address that is loaded (a payload can't act).
 * I2 Facts made by rule come before the agent's words, which are boxed and named as such (a payload can't persuade).
 * I3 The page hashes what it shows; where that is not what the digest names, nothing can be approved (H1).
 * I4 Nothing is decided by opening an address; a decision takes two presses, is sent once, and says truly what became of it.
 * I5 A button that may not be used says why.
 */
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { applyTheme, storedTheme } from './ui/theme.ts';

applyTheme(storedTheme());
const place = document.querySelector('#inbox');
if (place !== null) createRoot(place).render(<App />);
