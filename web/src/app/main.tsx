import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { WordsProvider } from "../i18n/useWords";
import { App } from "./App";
import "./app.css";

createRoot(document.getElementById("root") as HTMLElement).render(
  <StrictMode>
    <WordsProvider>
      <App />
    </WordsProvider>
  </StrictMode>,
);
