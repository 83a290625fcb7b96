import { useQuery } from "@tanstack/react-query";
import { told } from "./client";
import { useFloor } from "./floor";
import { keys } from "./polling";

type Language = "en" | "ru";

interface Names {
  material(code: string): string;
  finish(code: string): string;
  /** Whether pieces of this material are hallmarked. */
  precious(code: string): boolean;
}

/** Materials and finishes in words, from the catalogue that buyers chose from; codes until it has come. */
export function useCatalogue(language: Language): Names {
  const { api } = useFloor();
  const { data } = useQuery({
    queryKey: keys.catalogue,
    queryFn: () => told(api.GET("/shop/v1/materials", {})),
    staleTime: Infinity,
  });
  return {
    material: (code) => data?.materials.find((row) => row.code === code)?.[language] ?? code,
    finish: (code) => data?.finishes.find((row) => row.code === code)?.[language] ?? code,
    precious: (code) => data?.materials.find((row) => row.code === code)?.precious ?? false,
  };
}
