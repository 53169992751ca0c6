import type { SendJob } from "../database/send-jobs.ts";
import { contentKindOf } from "../domain/channel.ts";
import type { RenderedContent } from "../domain/rendered-content.ts";
import { renderContent } from "../rendering/render.ts";
import { MissingVariableError, TemplateError } from "../rendering/template-errors.ts";
import { templateVariables } from "../rendering/template-variables.ts";

/** The content of a delivery, or the reason why there is none: the same template and data would fail again. */
export function renderJob(job: SendJob): RenderedContent | "missing_variable" | "template_invalid" {
  try {
    return renderContent(job.locales, contentKindOf(job.channel), job.locale, templateVariables(job.data, job.user));
  } catch (error) {
    if (error instanceof MissingVariableError) return "missing_variable";
    if (error instanceof TemplateError) return "template_invalid";
    throw error;
  }
}
