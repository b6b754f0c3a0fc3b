/** The tickets. An animal that nobody drew or translated yet leaves its paw, and the name that the cabinet gave it. */
import { words } from "./words.js";

export function called(ticket) {
  const name = ticket.replace(/-/g, " ");
  return words.animals[ticket] || name.charAt(0).toUpperCase() + name.slice(1);
}

export function drawing(ticket) {
  return words.animals[ticket] ? ticket : "paw";
}
